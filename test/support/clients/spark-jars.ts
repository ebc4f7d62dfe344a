import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { which } from '../../../scripts/child.mjs';
import { ROOT } from '../../../scripts/node.mjs';

const run = promisify(execFile);
const POM = join(ROOT, 'test', 'fixtures', 'spark', 'pom.xml');
/** A cold cache on a busy machine. */
const FETCH_MS = 600_000;

/** Paths of the jars that test/fixtures/spark/pom.xml names and what they need; fetched by Maven once for each text of that file. */
export async function sparkJars(): Promise<string[]> {
  const digest = createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 12);
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'minio-manager');
  const folder = join(cache, `spark-jars-${digest}`);
  if (!existsSync(folder)) await fetch(folder);
  return readdirSync(folder).map((name) => join(folder, name));
}

/** The folder has its name only when it is complete. */
async function fetch(folder: string): Promise<void> {
  for (const program of ['java', 'mvn'])
    if (!which(program)) throw new Error(`${program} is missing: install Java 17 or newer, and Maven`);
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  const repository = join(unfinished, '.repository');
  const argv = ['--batch-mode', '--quiet', '--file', POM, `-Dmaven.repo.local=${repository}`];
  try {
    await run('mvn', [...argv, 'dependency:copy-dependencies', `-DoutputDirectory=${unfinished}`], {
      timeout: FETCH_MS,
    }).catch(({ stdout, stderr }) => {
      throw new Error(`Maven did not fetch the jars of Spark:\n${stdout}${stderr}`);
    });
    rmSync(repository, { recursive: true });
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
