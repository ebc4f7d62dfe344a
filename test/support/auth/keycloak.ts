import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { exited, freePort, isRunning, spawnTied, stopChild, waitFor } from '../../../scripts/child.mjs';
import { fromMaven, missingForMaven } from '../packages/maven.js';
import { tempDir } from '../service/temp.js';
import { lakeRealm, pageClient, REALM, type Secrets } from './keycloak-realm.js';

const VERSION = '26.7.3';
/** The first start of a machine fetches and prepares it. */
export const KEYCLOAK_MS = 900_000;
const READY_MS = 240_000;
/** Data in memory; it is a part of what Keycloak prepares, so that both starts have to name it. */
const START = ['start-dev', '--db=dev-mem'];
/** Without it, a group `lake/admins` at the top has the same path as the group `admins` in `lake`. */
const ESCAPED_GROUPS = '--spi-group--jpa--escape-slashes-in-group-path=true';
/** The exit code by which Keycloak says that it has prepared itself and wants to be started anew. */
const PREPARED = 10;
/** A short life: no time for the second compiler. The rest is from bin/kc.sh. */
const JAVA = [
  '-Xms64m',
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Dfile.encoding=UTF-8',
  '-Duser.language=en',
  ...['util', 'util.concurrent', 'security', 'lang'].map(
    (name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`,
  ),
  '--enable-native-access=ALL-UNNAMED',
  '-Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory',
  '-Djava.util.logging.manager=org.jboss.logmanager.LogManager',
  '-Dpicocli.disable.closures=true',
];

/** What the token endpoint gives for a login with the scope `openid`. */
export interface Login {
  access_token: string;
  id_token: string;
  refresh_token: string;
}

/** For `(hasKeycloak() ? describe : describe.skip)(...)`; says so when something is missing. */
export function hasKeycloak(): boolean {
  const missing = missingForMaven();
  if (missing.length === 0) return true;
  const text = `Keycloak needs Java 17 and Maven (missing: ${missing.join(', ')}): its tests are skipped`;
  if (process.env.CI) throw new Error(text);
  console.warn(text);
  return false;
}

/** Java itself and not bin/kc.sh, which has it as a child: so it ends with this process, however that ends. */
function launch(home: string, options: string[], env: Record<string, string> = {}): ChildProcess {
  const folders = [
    `-Dkc.home.dir=${home}`,
    `-Djboss.server.config.dir=${join(home, 'conf')}`,
    `-Djava.io.tmpdir=${join(home, 'tmp')}`,
  ];
  const main = ['-cp', join(home, 'lib', 'quarkus-run.jar'), 'io.quarkus.bootstrap.runner.QuarkusEntryPoint'];
  mkdirSync(join(home, 'tmp'), { recursive: true });
  return spawnTied('java', [...JAVA, ...folders, ...main, ...START, ...options], {
    env: { PATH: process.env.PATH ?? '', HOME: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** What it writes from now on. */
function outputOf(child: ChildProcess): () => string {
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return () => output;
}

/** Its program, which is not written to any more. */
async function distribution(): Promise<string> {
  const name = `keycloak-${VERSION}`;
  const artifact = `org.keycloak:keycloak-quarkus-dist:${VERSION}:zip`;
  const unpack = (folder: string) => [
    'dependency:unpack',
    `-Dartifact=${artifact}`,
    `-DoutputDirectory=${folder}`,
  ];
  const folder = await fromMaven(name, unpack, async (unpacked) => {
    const child = launch(join(unpacked, name), []);
    const output = outputOf(child);
    const { code } = await exited(child);
    if (code !== PREPARED) throw new Error(`Keycloak did not prepare itself (${code}):\n${output()}`);
  });
  return join(folder, name);
}

/** A real Keycloak with one realm. It forgets everything when it stops. */
export class Keycloak {
  private constructor(
    private readonly child: ChildProcess,
    private readonly url: string,
    private readonly secrets: Secrets,
    readonly logs: () => string,
  ) {}

  static async start(): Promise<Keycloak> {
    const program = await distribution();
    const home = tempDir('keycloak');
    for (const name of ['lib', 'conf', 'providers', 'themes'])
      symlinkSync(join(program, name), join(home, name));
    const port = await freePort();
    const secrets = {
      admin: randomBytes(16).toString('hex'),
      people: randomBytes(16).toString('hex'),
      clients: randomBytes(16).toString('hex'),
    };
    const child = launch(home, ['--http-host=127.0.0.1', `--http-port=${port}`, ESCAPED_GROUPS], {
      KC_BOOTSTRAP_ADMIN_USERNAME: 'admin',
      KC_BOOTSTRAP_ADMIN_PASSWORD: secrets.admin,
    });
    const keycloak = new Keycloak(child, `http://127.0.0.1:${port}`, secrets, outputOf(child));
    try {
      await waitFor('Keycloak', () => keycloak.answers(), { timeoutMs: READY_MS, everyMs: 200 });
      await keycloak.api('POST', '', lakeRealm(secrets));
      return keycloak;
    } catch (error) {
      await keycloak.stop();
      throw error;
    }
  }

  get issuer(): string {
    return `${this.url}/realms/${REALM}`;
  }

  /** A person logs in with name and password at a client of the realm (the direct grant). */
  login(username: string, client: string): Promise<Login> {
    const { people: password } = this.secrets;
    return this.grant(REALM, {
      grant_type: 'password',
      client_id: client,
      username,
      password,
      scope: 'openid',
    });
  }

  refresh(refreshToken: string, client: string): Promise<Login> {
    return this.grant(REALM, {
      grant_type: 'refresh_token',
      client_id: client,
      refresh_token: refreshToken,
    });
  }

  /** Makes a client at which people log in to the page at `url`, with the secret of all clients. */
  async addPage(clientId: string, url: string): Promise<void> {
    await this.api('POST', `/${REALM}/clients`, pageClient(clientId, this.secrets.clients, url));
  }

  /** The password of everybody in the realm. */
  get password(): string {
    return this.secrets.people;
  }

  /** The secret of the clients that have one. */
  get clientSecret(): string {
    return this.secrets.clients;
  }

  /** What an administrator of the realm does to a person there. */
  async disable(username: string): Promise<void> {
    await this.enable(username, false);
  }

  async enable(username: string, enabled = true): Promise<void> {
    const [{ id }] = await this.api('GET', `/${REALM}/users?exact=true&username=${username}`);
    await this.api('PUT', `/${REALM}/users/${id}`, { enabled });
  }

  async remove(username: string): Promise<void> {
    const [{ id }] = await this.api('GET', `/${REALM}/users?exact=true&username=${username}`);
    await this.api('DELETE', `/${REALM}/users/${id}`);
  }

  /** Puts a person into a group, by its path, or takes the person out. */
  async setMember(username: string, path: string, member: boolean): Promise<void> {
    const [{ id }] = await this.api('GET', `/${REALM}/users?exact=true&username=${username}`);
    const { id: group } = await this.api('GET', `/${REALM}/group-by-path${path}`);
    await this.api(member ? 'PUT' : 'DELETE', `/${REALM}/users/${id}/groups/${group}`);
  }

  async stop(): Promise<void> {
    await stopChild(this.child, { signal: 'SIGKILL' });
  }

  private async grant(realm: string, form: Record<string, string>): Promise<Login> {
    const answer = await request(`${this.url}/realms/${realm}/protocol/openid-connect/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`Keycloak refused: ${answer.statusCode} ${text}`);
    return JSON.parse(text) as Login;
  }

  /** A call of its admin API, by a token of its own: Keycloak gives its administrators one minute. */
  private async api(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<any> {
    const { admin: password } = this.secrets;
    const form = { grant_type: 'password', client_id: 'admin-cli', username: 'admin', password };
    const { access_token: token } = await this.grant('master', form);
    const { statusCode, body: answer } = await request(`${this.url}/admin/realms${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (statusCode >= 300) throw new Error(`${method} ${path}: ${statusCode} ${text}\n${this.logs()}`);
    return text ? JSON.parse(text) : undefined;
  }

  private async answers(): Promise<boolean> {
    if (!isRunning(this.child)) throw new Error(`Keycloak ended:\n${this.logs()}`);
    try {
      const { statusCode, body } = await request(`${this.url}/realms/master`);
      await body.dump();
      return statusCode === 200;
    } catch {
      return false;
    }
  }
}
