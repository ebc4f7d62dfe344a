import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Channel, type ChannelModel, connect, type ConfirmChannel } from 'amqplib';
import {
  exited,
  freePort,
  freeze,
  isRunning,
  spawnTied,
  stopChild,
  waitFor,
} from '../../../scripts/child.mjs';
import { findRabbitmq, NO_RABBITMQ } from '../../../scripts/servers/rabbitmq.mjs';
import { tempDir } from '../service/temp.js';

const USER = 'lake';
/** Little memory, no plugins, and schedulers that do not wait actively for work. */
const ERL_ARGS = '-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none';

/** For `(hasRabbitmq() ? describe : describe.skip)(...)`; says so when it is missing. */
export function hasRabbitmq(): boolean {
  if (findRabbitmq()) return true;
  if (process.env.CI) throw new Error(`RabbitMQ: ${NO_RABBITMQ}`);
  console.warn(`RabbitMQ: ${NO_RABBITMQ}; tests with it are skipped`);
  return false;
}

/** A real RabbitMQ, a child of the test process, with a folder, a cookie and ports of its own. */
export async function startRabbitmq(): Promise<Rabbitmq> {
  const found = findRabbitmq();
  if (!found) throw new Error(`RabbitMQ: ${NO_RABBITMQ}`);
  const [port, distPort, epmdPort] = [await freePort(), await freePort(), await freePort()];
  const dir = tempDir('rabbitmq');
  const password = randomBytes(12).toString('hex');
  const env = settingsIn(dir, { port, distPort, epmdPort, password });
  // Without it the broker would start one that outlives it
  const epmd = spawnTied(found.epmd, ['-port', String(epmdPort), '-address', '127.0.0.1'], {
    env,
    stdio: 'ignore',
  });
  const broker = new Rabbitmq(found.server, env, { dir, port, password }, epmd);
  try {
    await broker.start();
    return broker;
  } catch (error) {
    await broker.stop();
    throw error;
  }
}

interface Ports {
  port: number;
  distPort: number;
  epmdPort: number;
  password: string;
}

function settingsIn(dir: string, { port, distPort, epmdPort, password }: Ports): Record<string, string> {
  const file = (name: string, text: string, mode = 0o600) => {
    writeFileSync(join(dir, name), text, { mode });
    return join(dir, name);
  };
  mkdirSync(join(dir, 'home'));
  file('home/.erlang.cookie', randomBytes(16).toString('hex'), 0o400);
  const config = [
    `listeners.tcp.1 = 127.0.0.1:${port}`,
    `default_user = ${USER}`,
    `default_pass = ${password}`,
    'log.console = true',
    'log.console.level = warning',
    'log.file = false',
    'vm_memory_high_watermark.absolute = 256MiB',
    'disk_free_limit.absolute = 50MB',
    '',
  ];
  return {
    PATH: process.env.PATH ?? '',
    HOME: join(dir, 'home'),
    // the broker itself instead of a shell that waits for it
    RUNNING_UNDER_SYSTEMD: 'true',
    RABBITMQ_NODENAME: `test${port}@localhost`,
    RABBITMQ_DIST_PORT: String(distPort),
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_CONF_ENV_FILE: file('env.conf', ''),
    RABBITMQ_CONFIG_FILE: file('rabbitmq.conf', config.join('\n')),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(dir, 'none.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: file('enabled_plugins', '[].'),
    RABBITMQ_MNESIA_BASE: join(dir, 'mnesia'),
    RABBITMQ_LOG_BASE: join(dir, 'log'),
    RABBITMQ_PID_FILE: join(dir, 'pid'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: ERL_ARGS,
  };
}

export class Rabbitmq {
  readonly url: string;
  private child: ChildProcess | undefined;
  private connection: ChannelModel | undefined;
  private log = '';

  constructor(
    private readonly server: string,
    private readonly env: Record<string, string>,
    private readonly at: { dir: string; port: number; password: string },
    private readonly epmd: ChildProcess,
  ) {
    this.url = `amqp://${USER}:${at.password}@127.0.0.1:${at.port}`;
  }

  get password(): string {
    return this.at.password;
  }

  logs(): string {
    return this.log;
  }

  /** Again, after {@link kill}: with what was written to its disk. */
  async start(): Promise<void> {
    const child = spawnTied(this.server, [], {
      env: this.env,
      cwd: this.at.dir,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    const keep = (chunk: Buffer) => (this.log += chunk.toString());
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    await waitFor('RabbitMQ', async () => {
      if (!isRunning(child)) throw new Error(`RabbitMQ ended while starting:\n${this.log}`);
      return this.connect().catch(() => undefined);
    });
  }

  /** A client of its own, past the service; the same one until the broker ends. */
  async connect(): Promise<ChannelModel> {
    if (this.connection) return this.connection;
    const connection = await connect(this.url, { timeout: 2000 });
    // who ends the broker expects it
    connection.on('error', () => undefined);
    connection.on('close', () => (this.connection = undefined));
    this.connection = connection;
    return connection;
  }

  async channel(): Promise<ConfirmChannel> {
    const channel = await (await this.connect()).createConfirmChannel();
    channel.on('error', () => undefined);
    return channel;
  }

  /** With a channel that is closed afterwards. */
  async with<T>(work: (channel: Channel) => Promise<T>): Promise<T> {
    const channel = await this.channel();
    try {
      return await work(channel);
    } finally {
      await channel.close().catch(() => undefined);
    }
  }

  async kill(): Promise<void> {
    this.child?.kill('SIGCONT');
    this.child?.kill('SIGKILL');
    if (this.child) await exited(this.child);
    this.connection = undefined;
  }

  pause(): void {
    freeze(Number(this.child?.pid));
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    await this.connection?.close().catch(() => undefined);
    await this.kill();
    await stopChild(this.epmd, { signal: 'SIGKILL' });
    rmSync(this.at.dir, { recursive: true, force: true });
  }
}
