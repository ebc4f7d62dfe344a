import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, findNode } from '../../../scripts/node.mjs';
import { tempDir } from '../service/temp.js';

const DIST = join(ROOT, 'dist');
/** What makes the tables. */
const LIBRARIES = ['@electric-sql/pglite', 'pg-boss'];

/**
 * A DATA_DIR whose embedded database is already made and migrated: opening it takes 0.6 s instead of five.
 * Made once for each state of the migrations, then copied.
 */
export function pgliteDir(): string {
  const template = join(tmpdir(), `minio-manager-pglite-${stateOfSchema()}`);
  if (!existsSync(template)) makeTemplate(template);
  const copy = tempDir('data');
  cpSync(template, copy, { recursive: true, mode: constants.COPYFILE_FICLONE });
  return copy;
}

function makeTemplate(template: string): void {
  const { folder, keep, remove } = scratchFor(template);
  try {
    migrate({ dataDir: folder });
    for (const name of readdirSync(folder))
      if (name !== 'pglite') rmSync(join(folder, name), { recursive: true });
    keep();
  } finally {
    remove();
  }
}

/** Makes what a start of the service makes in an empty database: its tables, and those of the queue. PGlite does not run in Jest's sandbox. */
export function migrate(database: { dataDir?: string; url?: string }): void {
  const at = (...path: string[]) => JSON.stringify(pathToFileURL(join(DIST, ...path)).href);
  const script = `
    const { openDatabase } = await import(${at('database', 'database.module.js')});
    const { Secret } = await import(${at('common', 'secret.js')});
    const { Jobs } = await import(${at('provisioning', 'queue', 'jobs', 'jobs.js')});
    const { PgBossTransport } = await import(${at('provisioning', 'queue', 'jobs', 'pg-boss.transport.js')});
    const { url, dataDir } = ${JSON.stringify(database)};
    const opened = await openDatabase({ url: url && new Secret(url), dataDir });
    const queue = new PgBossTransport(new Jobs(opened.queue));
    await queue.start();
    await queue.stop();
    await opened.close();`;
  execFileSync(findNode(), ['--input-type=module', '-e', script], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** A folder to fill, for one that is made once. Two workers may do that at once: the first one's is kept, the other's thrown away. */
export function scratchFor(kept: string) {
  const scratch = mkdtempSync(`${kept}-`);
  const folder = join(scratch, 'data');
  mkdirSync(folder);
  return {
    folder,
    keep: (): void => {
      try {
        renameSync(folder, kept);
      } catch (error) {
        if (!existsSync(kept)) throw error;
      }
    },
    remove: () => rmSync(scratch, { recursive: true, force: true }),
  };
}

/** Another one for each change of what {@link migrate} does. */
export function stateOfSchema(): string {
  if (!existsSync(join(DIST, 'database'))) throw new Error('dist/database is missing: run `npm run build`');
  const hash = createHash('sha256');
  for (const name of LIBRARIES) hash.update(readFileSync(join(ROOT, 'node_modules', name, 'package.json')));
  for (const folder of ['database', 'provisioning/queue']) {
    for (const file of readdirSync(join(DIST, folder), { recursive: true, encoding: 'utf8' }).sort())
      if (file.endsWith('.js')) hash.update(file).update(readFileSync(join(DIST, folder, file)));
  }
  return hash.digest('hex').slice(0, 16);
}
