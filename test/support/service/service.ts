import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request as undiciRequest } from 'undici';
import {
  exited,
  freePort,
  freeze,
  isRunning,
  spawnTied,
  stopChild,
  waitFor,
} from '../../../scripts/child.mjs';
import { ROOT, findNode } from '../../../scripts/node.mjs';
import { ownsPort } from '../../../scripts/port-owner.mjs';

const MAIN = join(ROOT, 'dist', 'main.js');
/** No such folder: a service has no providers unless the suite says where they are. */
const NO_PROVIDERS = join(ROOT, 'test', 'no-providers');

export interface ServiceOptions {
  /** Everything the service gets, besides PATH; HOST, PORT and PROVIDERS_DIR are filled in when absent. */
  env: Record<string, string>;
  /** For Node itself, e.g. --max-old-space-size=256. */
  nodeArgs?: string[];
  /** Wait until /readyz answers 200 (the default). */
  waitReady?: boolean;
  readyTimeoutMs?: number;
}

export interface RequestOptions {
  /** Sent as it is in Authorization. */
  token?: string;
  /** An object is sent as JSON, a string as it is. */
  body?: unknown;
  headers?: Record<string, string>;
  timeoutMs?: number;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** Each Set-Cookie. */
  setCookies?: string[];
  /** Parsed when the answer says that it is JSON, otherwise the text. */
  body: any;
}

/** The service did not become ready; `code` and `logs` say why. */
export class ServiceEnded extends Error {
  constructor(
    readonly code: number | null,
    readonly logs: string,
  ) {
    super(`the service ended with ${code} before it was ready:\n${logs}`);
  }
}

/** Runs the built service as its own process with exactly this environment. */
export async function startService(options: ServiceOptions): Promise<Service> {
  if (!existsSync(MAIN)) throw new Error('dist/main.js is missing: run `npm run build`');
  const port = options.env.PORT ?? String(await freePort());
  const filledIn = { PATH: process.env.PATH ?? '', HOST: '127.0.0.1', PROVIDERS_DIR: NO_PROVIDERS };
  const env = { ...filledIn, ...options.env, PORT: port };
  const child = spawnTied(findNode(), [...(options.nodeArgs ?? []), MAIN], {
    env,
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const service = new Service(child, Number(port));
  if (options.waitReady !== false) await service.ready(options.readyTimeoutMs);
  return service;
}

export class Service {
  readonly baseUrl: string;
  private readonly agent = new Agent();
  private readonly closed: Promise<unknown>;
  private log = '';

  constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {
    // The pipes may still hold the last words when the process is gone: `close` comes after both.
    this.closed = new Promise((resolve) => child.once('close', resolve));
    this.baseUrl = `http://127.0.0.1:${port}`;
    const keep = (chunk: Buffer) => (this.log += chunk.toString());
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Standard output and error, as far as they came. */
  logs(): string {
    return this.log;
  }

  isRunning(): boolean {
    return isRunning(this.child);
  }

  /** Waits for 200 on /readyz from this very process; throws ServiceEnded when it ends instead. */
  async ready(timeoutMs = 60_000): Promise<void> {
    const probe = async () => {
      if (!this.isRunning()) throw await this.ended();
      return (await this.isReady()) && ownsPort(this.pid, this.port);
    };
    try {
      await waitFor('the service', probe, { timeoutMs });
    } catch (error) {
      await this.kill();
      throw error instanceof ServiceEnded ? error : new Error(`${String(error)}\n${this.log}`);
    }
  }

  async request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const { token, body, timeoutMs = 60_000 } = options;
    const headers: Record<string, string> = { ...options.headers };
    if (token !== undefined) headers.authorization = token;
    if (body !== undefined && typeof body !== 'string') headers['content-type'] ??= 'application/json';
    const answer = await undiciRequest(`${this.baseUrl}${path}`, {
      method: method as 'GET',
      headers,
      dispatcher: this.agent,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    const flat = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
    const isJson = /\bjson\b/.test(String(answer.headers['content-type']));
    return {
      status: answer.statusCode,
      headers: Object.fromEntries(flat) as Record<string, string>,
      setCookies: [answer.headers['set-cookie'] ?? []].flat(),
      body: isJson && text ? JSON.parse(text) : text,
    };
  }

  /** SIGTERM; the exit code, or the signal that ended it: SIGKILL when it did not stop within the grace time. */
  async stop(graceMs = 15_000): Promise<number | NodeJS.Signals | null> {
    const { code, signal } = await stopChild(this.child, { graceMs });
    await this.agent.destroy();
    return code ?? signal;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await exited(this.child);
    await this.agent.destroy();
  }

  pause(): void {
    freeze(this.pid);
  }

  resume(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  /** The exit code once it has ended by itself, e.g. after a bad setting. */
  async exitCode(): Promise<number | null> {
    await this.closed;
    return this.child.exitCode;
  }

  private async isReady(): Promise<boolean> {
    try {
      return (await this.request('GET', '/readyz', { timeoutMs: 2000 })).status === 200;
    } catch {
      return false;
    }
  }

  private async ended(): Promise<ServiceEnded> {
    await this.closed;
    return new ServiceEnded(this.child.exitCode, this.log);
  }
}
