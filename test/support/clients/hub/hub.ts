import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { freePort, isRunning, spawnTied, stopChild, waitFor } from '../../../../scripts/child.mjs';
import { findNode, ROOT } from '../../../../scripts/node.mjs';
import { tempDir } from '../../service/temp.js';
import { compiledOnce } from '../../python/venv.js';
import type { HubPrograms } from './programs.js';
import { CLIENT } from '../python-client.js';
import { Visitor } from './visitor.js';

const FOLDER = join(ROOT, 'test', 'support', 'clients', 'hub');
/** Limits for a busy machine: a hub, a server. */
export const HUB_START_MS = 180_000;
export const SPAWN_MS = 240_000;

export interface HubPorts {
  public: number;
  hub: number;
  proxyApi: number;
}

/** A single-user server, as its hub tells of it; `token` is the tests' own, which may enter every server. */
export interface NotebookServer {
  url: string;
  token: string;
}

/** The configuration of a hub at which people log in to the page. */
export const HUB_PAGE = join(FOLDER, 'hub_page.py');
/** The configuration of a hub without minio-manager, for `load_subconfig`. */
export const HUB_BASE = join(FOLDER, 'hub_base.py');

export interface HubOptions {
  /** What of the page's blocks is another text here. */
  replace?: Record<string, string>;
  /** Instead of what runs every block of the page. */
  config?: string;
  /** On top of what a hub needs to run: its settings of minio-manager, and where the package is. */
  env?: Record<string, string>;
}

/** A real JupyterHub with its proxy. Its servers are processes of this user, configured as docs/jupyterhub.md says. */
export class Hub {
  /** Of the service `tests`, which may do everything at the hub. */
  readonly token = randomBytes(16).toString('hex');
  /** Of the service `dashboard`, a client of the hub's OAuth. */
  readonly dashboardToken = randomBytes(16).toString('hex');
  private readonly cryptKey = randomBytes(32).toString('hex');
  private readonly proxyToken = randomBytes(16).toString('hex');
  private readonly folder = tempDir('hub');
  private child: ChildProcess | undefined;
  private log = '';

  constructor(private readonly ports: HubPorts) {
    mkdirSync(join(this.folder, 'homes'));
  }

  static async ports(): Promise<HubPorts> {
    const [port, hub, proxyApi] = await Promise.all([freePort(), freePort(), freePort()]);
    return { public: port, hub, proxyApi };
  }

  get url(): string {
    return `http://127.0.0.1:${this.ports.public}`;
  }

  /** As the service is to know it. */
  static apiUrl(ports: HubPorts): string {
    return `http://127.0.0.1:${ports.hub}/hub/api`;
  }

  /** Starts it and waits until it answers; an error says what it logged, should it end before. */
  async start(programs: HubPrograms, options: HubOptions = {}): Promise<void> {
    const env = this.environment(programs, options);
    const config = options.config ?? join(FOLDER, 'hub_config.py');
    // TERM: it ends its servers and its proxy itself
    this.child = spawnTied(programs.python, ['-m', 'jupyterhub', '-f', config], {
      env,
      cwd: this.folder,
      deathSignal: 'TERM',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.log += chunk.toString()));
    await waitFor('the hub', () => this.answers(), { timeoutMs: HUB_START_MS, everyMs: 200 });
  }

  /** What its process is given, and with it its configuration. */
  environment(programs: HubPrograms, { replace = {}, env = {} }: HubOptions): Record<string, string> {
    const { folder } = this;
    const test = {
      folder,
      page: join(ROOT, 'docs', 'jupyterhub.md'),
      replace,
      url: this.url,
      hub: `http://127.0.0.1:${this.ports.hub}`,
      proxyApi: `http://127.0.0.1:${this.ports.proxyApi}`,
      proxy: [findNode(), programs.proxy],
    };
    return {
      PATH: '/usr/bin:/bin',
      HOME: folder,
      PYTHONPATH: [join(CLIENT, 'src'), join(CLIENT, 'tests')].join(':'),
      ...compiledOnce(programs.python),
      JUPYTERHUB_CRYPT_KEY: this.cryptKey,
      CONFIGPROXY_AUTH_TOKEN: this.proxyToken,
      TESTS_TOKEN: this.token,
      DASHBOARD_TOKEN: this.dashboardToken,
      TEST_HUB: JSON.stringify(test),
      ...env,
    };
  }

  /** What the hub, its proxy and its servers have logged. */
  logs(): string {
    return this.log;
  }

  /** A call of the hub's REST API; its answer, parsed. */
  async api(method: string, path: string, body?: unknown, token = this.token): Promise<any> {
    const { statusCode, body: answer } = await request(`${this.url}/hub/api${path}`, {
      method: method as 'GET',
      headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (statusCode >= 400) throw new Error(`${method} ${path}: ${statusCode} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }

  /** Logs somebody in by the form, as a browser does. */
  async login(name: string, password: string): Promise<Visitor> {
    const visitor = new Visitor(this.url);
    await visitor.get('/hub/login');
    const { status } = await visitor.post('/hub/login', { username: name, password });
    if (status !== 302) throw new Error(`the hub did not let ${name} in: ${status}`);
    return visitor;
  }

  /** Starts a server of somebody who has logged in, the one without a name or a named one, and waits until it is ready. */
  async spawn(user: string, server = ''): Promise<NotebookServer> {
    const path = `/users/${user}/servers/${server}`;
    await this.api('POST', server ? path : `/users/${user}/server`);
    const ready = async () => {
      const { servers } = await this.api('GET', `/users/${user}?include_stopped_servers`);
      if (!servers[server]?.pending && !servers[server]?.ready)
        throw new Error(`${path} failed:\n${this.log}`);
      return servers[server].ready && servers[server];
    };
    const { url } = await waitFor(path, ready, { timeoutMs: SPAWN_MS, everyMs: 200 });
    return { url: `${this.url}${url}`.replace(/\/$/, ''), token: this.token };
  }

  /** Ends somebody's server, and waits until it has ended. */
  async end(user: string, server: string): Promise<void> {
    await this.api('DELETE', `/users/${user}/servers/${server}`);
    const ended = async () => !(await this.api('GET', `/users/${user}`)).servers[server];
    await waitFor(`the end of ${user}/${server}`, ended, { timeoutMs: SPAWN_MS, everyMs: 200 });
  }

  async stop(): Promise<void> {
    if (this.child) await stopChild(this.child, { graceMs: 60_000 });
  }

  private async answers(): Promise<boolean> {
    if (this.child && !isRunning(this.child)) throw new Error(`the hub ended:\n${this.log}`);
    try {
      return Boolean((await this.api('GET', '/')).version);
    } catch {
      return false;
    }
  }
}
