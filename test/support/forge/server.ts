import { type ChildProcess, execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import axios from 'axios';
import { freePort, isRunning, spawnTied, stopChild, waitFor } from '../../../scripts/child.mjs';
import { findGitea, giteaSettings, isBuilt, missingForGitea } from '../../../scripts/servers/gitea.mjs';
import { runDir, tempDir } from '../service/temp.js';
import { secretFile } from '../workflows/steps.js';

/** A limit for `beforeAll`: the first suite on a new machine waits until Gitea is built. */
export const FORGE_START_MS = 45 * 60_000;
/** Where the server of this process is written down: each suite has modules of its own. */
const NOTE = join(runDir(), `forge-of-${process.pid}.json`);
/** As docs/targets.md has them. */
const SCOPES = ['write:organization', 'write:repository', 'read:issue'];
const ADMIN = 'root-of-the-forge';
const SERVICE = 'minio-manager';

/** For `(hasForge() ? describe : describe.skip)(...)`; says what is missing. */
export function hasForge(): boolean {
  const missing = missingForGitea();
  if (missing !== undefined) console.warn(`Tests on a forge are skipped: ${missing}`);
  return missing === undefined;
}

/** For suites that need no forge: one is there at once, or CI has begun to build it. */
export function isForgeNear(): boolean {
  return (isBuilt() || process.env.CI !== undefined) && hasForge();
}

interface Started {
  port: number;
  adminPassword: string;
}

let starting: Promise<GiteaServer> | undefined;

/** The Gitea that all suites of this Jest worker share; it ends with the worker. */
export function workerForge(): Promise<GiteaServer> {
  starting ??= known().then((server) => server ?? start());
  return starting;
}

async function known(): Promise<GiteaServer | undefined> {
  if (!existsSync(NOTE)) return undefined;
  const server = new GiteaServer(JSON.parse(readFileSync(NOTE, 'utf8')) as Started);
  return (await server.isReady()) ? server : undefined;
}

async function start(): Promise<GiteaServer> {
  const [{ binary, staticRoot }, dir, port] = [await findGitea(), tempDir('forge'), await freePort()];
  const config = join(dir, 'app.ini');
  writeFileSync(config, giteaSettings({ dir, port, staticRoot }), { mode: 0o600 });
  mkdirSync(join(dir, 'home'));
  const env = { PATH: process.env.PATH ?? '', HOME: join(dir, 'home'), GITEA_WORK_DIR: dir };
  const gitea = (...args: string[]) =>
    promisify(execFile)(binary, ['--config', config, ...args], { env, cwd: dir });
  await gitea('migrate');
  const started = { port, adminPassword: randomBytes(16).toString('hex') };
  const user = ['--username', ADMIN, '--password', started.adminPassword, '--email', 'root@example.org'];
  await gitea('admin', 'user', 'create', '--admin', '--must-change-password=false', ...user);
  const child: ChildProcess = spawnTied(binary, ['--config', config, 'web'], {
    env,
    cwd: dir,
    stdio: 'ignore',
  });
  child.unref();
  const server = new GiteaServer(started);
  try {
    await waitFor('Gitea', () => {
      if (!isRunning(child)) throw new Error(`Gitea ended while starting: see ${dir}`);
      return server.isReady();
    });
  } catch (error) {
    await stopChild(child);
    throw error;
  }
  writeFileSync(`${NOTE}.new`, JSON.stringify(started));
  renameSync(`${NOTE}.new`, NOTE);
  return server;
}

/** A running Gitea, as an administrator sees it. */
export class GiteaServer {
  readonly address: string;
  readonly #password: string;

  constructor({ port, adminPassword }: Started) {
    this.address = `http://127.0.0.1:${port}`;
    this.#password = adminPassword;
  }

  async isReady(): Promise<boolean> {
    return (await this.call('GET', '/version').catch(() => undefined))?.status === 200;
  }

  /** A request past the service, by an administrator or by whom `as` names. */
  async call(
    method: string,
    path: string,
    body?: object,
    as?: Login,
  ): Promise<{ status: number; body: any }> {
    const { status, data } = await axios.request({
      ...{ method, url: `${this.address}/api/v1${path}`, data: body, timeout: 30_000, proxy: false },
      auth: as ?? { username: ADMIN, password: this.#password },
      validateStatus: () => true,
    });
    return { status, body: data };
  }

  /** The same, and it must succeed. */
  async done(method: string, path: string, body?: object, as?: Login): Promise<any> {
    const answer = await this.call(method, path, body, as);
    if (answer.status > 299)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /**
   * A new organization, and a user of the service in it, as docs/targets.md says: an owner, or `maker` for one who may make repositories and
   * reaches no others.
   */
  async organization(start: string, role: 'owner' | 'maker' = 'owner'): Promise<Organization> {
    const name = `${start}-${randomBytes(4).toString('hex')}`;
    const service = await this.person(`${SERVICE}-${name}`);
    await this.done('POST', '/orgs', { username: name, visibility: 'public' });
    if (role === 'maker')
      await this.done('POST', `/orgs/${name}/teams`, {
        ...{ name: 'makers', permission: 'admin', can_create_org_repo: true },
        includes_all_repositories: false,
      });
    const teams = await this.done('GET', `/orgs/${name}/teams`);
    const team = teams.find((each: any) => each.name === (role === 'maker' ? 'makers' : 'Owners'));
    await this.done('PUT', `/teams/${team.id}/members/${service.username}`);
    const tokens = `/users/${service.username}/tokens`;
    const { sha1 } = await this.done('POST', tokens, { name: 'service', scopes: SCOPES }, service);
    return new Organization(this, name, sha1);
  }

  /** A new user. */
  async person(username: string): Promise<Login> {
    const login = { username, password: randomBytes(16).toString('hex') };
    const email = `${username}@example.org`;
    await this.done('POST', '/admin/users', { ...login, email, must_change_password: false });
    return login;
  }
}

export interface Login {
  username: string;
  password: string;
}

/** What the service may use of the forge. */
export class Organization {
  constructor(
    readonly forge: GiteaServer,
    readonly name: string,
    readonly token: string,
  ) {}

  /** What TARGETS_FILE has of it. */
  target(more: object = {}): object {
    return {
      ...{ name: 'forge', kind: 'git', api: 'gitea', url: this.forge.address, owner: this.name },
      ...{ token_file: secretFile(this.token), teams: ['field'], ...more },
    };
  }

  /** The answer about a repository, or about what is below it; undefined: there is none. */
  async read(repository: string, below = ''): Promise<any> {
    const { status, body } = await this.forge.call('GET', `/repos/${this.name}/${repository}${below}`);
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`${repository}${below}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** Somebody else's work in a repository. */
  write(repository: string, below: string, body: object, method = 'POST'): Promise<any> {
    return this.forge.done(method, `/repos/${this.name}/${repository}${below}`, body);
  }

  /** The messages of all commits of a branch, the newest first. */
  async commits(repository: string, branch = 'main'): Promise<string[]> {
    const commits = (await this.read(repository, `/commits?sha=${branch}`)) ?? [];
    return commits.map(({ commit }: any) => commit.message.split('\n')[0]);
  }

  /** Somebody commits a file. */
  commit(repository: string, path: string, text: string, more: object = {}): Promise<any> {
    const content = Buffer.from(text).toString('base64');
    return this.write(repository, `/contents/${path}`, { content, message: `Add ${path}`, ...more });
  }

  /** The text of a file. */
  async text(repository: string, path: string): Promise<string> {
    const { content } = await this.read(repository, `/contents/${encodeURIComponent(path)}`);
    return Buffer.from(content, 'base64').toString();
  }
}
