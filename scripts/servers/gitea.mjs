// Finds Gitea, or builds the pinned one once for this machine. No dependencies, Node >= 18.
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isExecutable, which } from '../child.mjs';
import { cachedFolder, cachePath } from './cached-folder.mjs';
import { findGo, goBuild, nameOfBuild, runGo, versionIn } from './go-build.mjs';

/** go.mod and go.sum say what is built, byte for byte. */
const MODULE = fileURLToPath(new URL('./gitea/', import.meta.url));
/** What the module calls itself; go.mod says where it comes from. */
const PACKAGE = 'gitea.dev';
const NAME = nameOfBuild(MODULE, 'gitea');
const GO = '1.26.4';
/** What the program reads beside itself. The pages' scripts and styles are not in the module: only the API and Git are used. */
const STATIC = ['options', 'templates', 'public'];

/** What the tests need and this machine lacks, as a sentence; undefined: nothing. */
export function missingForGitea() {
  if (!which('git')) return 'git is not installed';
  if (process.env.GITEA_BINARY || isBuilt() || findGo(GO)) return undefined;
  return `there is no Go to build Gitea with: install Go ${GO} or newer, or set GITEA_BINARY`;
}

/** Whether it is here already. */
export function isBuilt() {
  return existsSync(cachePath(NAME, 'complete'));
}

/**
 * The Gitea that is named, or else the pinned one. Its first build takes about ten minutes of a processor, after everything else that wants it.
 * @returns {Promise<{ binary: string, staticRoot: string | undefined }>} the program, and where its files are; undefined: inside of it
 */
export async function findGitea() {
  const named = process.env.GITEA_BINARY;
  if (named && !isExecutable(named)) throw new Error('GITEA_BINARY is set, but it is no program');
  if (named) return { binary: named, staticRoot: undefined };
  const folder = await cachedFolder(NAME, build);
  return { binary: join(folder, 'gitea'), staticRoot: folder };
}

/**
 * The text of its settings. The key that seals what is secret in its database stays the same for a folder.
 * @param {{ dir: string, port: number, staticRoot?: string | undefined, secret?: string }} where
 */
export function giteaSettings({ dir, port, staticRoot, secret = randomBytes(32).toString('hex') }) {
  /** @type {Record<string, Record<string, unknown>>} */
  const sections = {
    server: {
      ...{ PROTOCOL: 'http', HTTP_ADDR: '127.0.0.1', HTTP_PORT: port, ROOT_URL: `http://127.0.0.1:${port}/` },
      ...{ DISABLE_SSH: true, OFFLINE_MODE: true, APP_DATA_PATH: join(dir, 'data') },
      ...(staticRoot && { STATIC_ROOT_PATH: staticRoot }),
    },
    database: { DB_TYPE: 'sqlite3', PATH: join(dir, 'gitea.db') },
    repository: { ROOT: join(dir, 'repositories'), DEFAULT_BRANCH: 'main' },
    security: { INSTALL_LOCK: true, SECRET_KEY: secret, PASSWORD_HASH_ALGO: 'pbkdf2_v2' },
    service: { DISABLE_REGISTRATION: true },
    log: { MODE: 'file', LEVEL: 'warn', ROOT_PATH: join(dir, 'log') },
    webhook: { ALLOWED_HOST_LIST: 'loopback' },
    indexer: { ISSUE_INDEXER_TYPE: 'db' },
    session: { PROVIDER: 'memory' },
    queue: { TYPE: 'channel' },
    actions: { ENABLED: false },
    packages: { ENABLED: false },
    cron: { ENABLED: false },
  };
  const text = Object.entries(sections).map(([section, values]) => {
    const lines = Object.entries(values).map(([name, value]) => `${name} = ${String(value)}`);
    return `[${section}]\n${lines.join('\n')}\n`;
  });
  return `I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true\nWORK_PATH = ${dir}\n${text.join('\n')}`;
}

async function build(folder) {
  const go = findGo(GO);
  if (!go) throw new Error(`Gitea cannot be built: ${missingForGitea()}`);
  mkdirSync(folder);
  const version = versionIn(MODULE, PACKAGE).replace('v', '');
  const stamp = `main.Version=${version}`;
  await goBuild({ go, module: MODULE, package: PACKAGE, output: join(folder, 'gitea'), stamp });
  const { code, output } = await runGo(go, MODULE, ['list', '-m', '-f', '{{.Dir}}', PACKAGE]);
  if (code !== 0) throw new Error(`Go does not tell where Gitea is: ${output}`);
  for (const each of STATIC) cpSync(join(output.trim(), each), join(folder, each), { recursive: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  findGitea().then(
    ({ binary }) => console.log(binary),
    (error) => {
      console.error(error.message);
      process.exitCode = 1;
    },
  );
}
