// Gitea beside the demo: where repositories are made. It is not built for the demo, which would take minutes: it is there already, or left out.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from '../../child.mjs';
import { ownsPort } from '../../port-owner.mjs';
import { findGitea, giteaSettings, isBuilt, missingForGitea } from '../../servers/gitea.mjs';
import { choosePort } from '../settings.mjs';
import { Part, writePrivate } from './part.mjs';

const ADMIN = 'demo-admin';
const SERVICE = 'minio-manager';
const ORGANIZATION = 'teams';
/** As docs/targets.md has them. */
const SCOPES = ['write:organization', 'write:repository', 'read:issue'];
const TIMEOUT_MS = 30_000;

export class GiteaPart extends Part {
  name = 'Gitea';
  optional = true;
  #dir;

  /** @param {string} dataDir absolute */
  constructor(dataDir) {
    super();
    this.#dir = join(dataDir, 'gitea');
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Where people find the password of the administrator. */
  get keysFile() {
    return join(this.#dir, 'keys.json');
  }

  get target() {
    const token_file = join(this.#dir, 'service-token');
    return {
      name: 'forge',
      kind: 'git',
      api: 'gitea',
      url: this.url,
      owner: ORGANIZATION,
      token_file,
      teams: 'all',
    };
  }

  lacks() {
    if (process.env.GITEA_BINARY || isBuilt()) return missingForGitea();
    const missing = missingForGitea();
    return (
      missing ??
      'it is not built on this machine. Build it once, in five to ten minutes: node scripts/servers/gitea.mjs'
    );
  }

  async answers() {
    return (await this.#call('GET', '/version')).status === 200;
  }

  async start(say) {
    const lacks = this.lacks();
    if (lacks !== undefined) throw new Error(lacks);
    const { binary, staticRoot } = await findGitea();
    say(`Starting Gitea (${binary}) ...`);
    mkdirSync(join(this.#dir, 'home'), { recursive: true, mode: 0o700 });
    this.port = await choosePort('DEMO_GITEA_PORT', process.env.DEMO_GITEA_PORT, 3000, say);
    const config = join(this.#dir, 'app.ini');
    const { secret } = this.#keys();
    writePrivate(config, giteaSettings({ dir: this.#dir, port: this.port, staticRoot, secret }));
    const env = { PATH: process.env.PATH ?? '', HOME: join(this.#dir, 'home'), GITEA_WORK_DIR: this.#dir };
    const options = { env, cwd: this.#dir };
    const run = (...args) => promisify(execFile)(binary, ['--config', config, ...args], options);
    await run('migrate');
    await this.#makeAdmin(run);
    this.spawn(binary, ['--config', config, 'web'], options);
    await waitFor('Gitea', async () => {
      this.requireRunning();
      return (await this.answers().catch(() => false)) && ownsPort(this.pid, this.port);
    });
    await this.#prepare();
  }

  /** It chooses the password itself: one in an argument would be seen by every process. */
  async #makeAdmin(run) {
    if (this.#keys().password) return;
    const user = ['--username', ADMIN, '--email', `${ADMIN}@example.org`, '--random-password'];
    const { stdout } = await run(
      'admin',
      'user',
      'create',
      '--admin',
      '--must-change-password=false',
      ...user,
    );
    const password = /password is '([^']+)'/.exec(stdout)?.[1];
    if (!password) throw new Error('it did not say which password it has made');
    this.#keep({ password });
  }

  /** An organization, and a user of the service who owns it, as docs/targets.md says. */
  async #prepare() {
    if (existsSync(this.target.token_file)) return;
    const admin = { username: ADMIN, password: this.#keys().password };
    const service = { username: SERVICE, password: randomBytes(16).toString('hex') };
    const email = `${SERVICE}@example.org`;
    await this.#done(
      'POST',
      '/admin/users',
      admin,
      { ...service, email, must_change_password: false },
      [422],
    );
    // of an attempt that came to no end
    await this.#done('PATCH', `/admin/users/${SERVICE}`, admin, {
      ...{ login_name: SERVICE, source_id: 0, password: service.password, must_change_password: false },
    });
    await this.#done('POST', '/orgs', admin, { username: ORGANIZATION, visibility: 'public' }, [422]);
    const teams = await this.#done('GET', `/orgs/${ORGANIZATION}/teams`, admin);
    const owners = teams.find(({ name }) => name === 'Owners');
    await this.#done('PUT', `/teams/${owners.id}/members/${SERVICE}`, admin);
    const name = `demo-${randomBytes(4).toString('hex')}`;
    const made = await this.#done('POST', `/users/${SERVICE}/tokens`, service, { name, scopes: SCOPES });
    writePrivate(this.target.token_file, made.sha1);
  }

  /** @returns {{ secret: string, password?: string }} */
  #keys() {
    if (!existsSync(this.keysFile)) this.#keep({ secret: randomBytes(32).toString('hex') });
    return JSON.parse(readFileSync(this.keysFile, 'utf8'));
  }

  #keep(more) {
    const kept = existsSync(this.keysFile) ? JSON.parse(readFileSync(this.keysFile, 'utf8')) : {};
    writePrivate(this.keysFile, JSON.stringify({ user: ADMIN, ...kept, ...more }));
  }

  async #done(method, path, as, body, also = []) {
    const answer = await this.#call(method, path, as, body);
    if (answer.status < 300 || also.includes(answer.status)) return answer.body;
    throw new Error(`${method} ${path} was answered with ${answer.status}`);
  }

  async #call(method, path, as, body) {
    const basic = as && Buffer.from(`${as.username}:${as.password}`).toString('base64');
    const response = await fetch(`${this.url}/api/v1${path}`, {
      ...{ method, signal: AbortSignal.timeout(TIMEOUT_MS) },
      headers: { 'content-type': 'application/json', ...(basic && { authorization: `Basic ${basic}` }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : undefined };
  }
}
