import { type ChildProcess, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { exited, freeze, spawnTied, waitFor } from '../../../scripts/child.mjs';
import { findMinio } from '../../../scripts/minio-binary.mjs';
import { MadminClient } from '../../../src/madmin/client.js';
import { attribute, ip, IP, PREFIX, sweepUp } from './namespaces.js';
import { tempDir } from '../service/temp.js';

const NODES = 4;
const START_MS = 60_000;

/** A cluster of four MinIO nodes with a drive each, every node in a network namespace of its own. */
export class MinioCluster {
  readonly accessKey = `root${randomBytes(4).toString('hex')}`;
  readonly secretKey = randomBytes(20).toString('hex');
  readonly nodes: ClusterNode[] = [];
  readonly #dir = tempDir('minio-cluster');
  readonly #bridge = `${PREFIX}${process.pid}b`;

  private constructor(private readonly binary: string) {}

  static async start(): Promise<MinioCluster> {
    sweepUp();
    const cluster = new MinioCluster(await findMinio({ log: console.error }));
    try {
      await cluster.build();
      return cluster;
    } catch (error) {
      await cluster.remove();
      throw error;
    }
  }

  /** Every node serves and sees the others. */
  async whole(): Promise<void> {
    for (const node of this.nodes) node.comeBack();
    await waitFor('the cluster', () => this.isWhole(), { timeoutMs: START_MS, everyMs: 200 });
  }

  /** Three of the four drives neither delete nor replace this of what MinIO keeps of its users and policies, while the work lasts. */
  async refusing<T>(path: string, work: () => Promise<T>): Promise<T> {
    const kept = this.nodes.slice(1).map((node) => node.keptAt(path));
    attribute('+i', kept);
    try {
      return await work();
    } finally {
      attribute('-i', kept);
    }
  }

  async remove(): Promise<void> {
    for (const node of this.nodes) await node.remove();
    spawnSync(IP ?? 'ip', ['link', 'del', this.#bridge]);
    rmSync(this.#dir, { recursive: true, force: true });
  }

  private async build(): Promise<void> {
    const net = `10.77.${process.pid % 250}`;
    ip('link', 'add', this.#bridge, 'type', 'bridge');
    ip('addr', 'add', `${net}.254/24`, 'dev', this.#bridge);
    ip('link', 'set', this.#bridge, 'up');
    const hosts = Array.from({ length: NODES }, (_, index) => `${net}.${index + 1}`);
    const drives = hosts.map(
      (host, index) => `http://${host}:9000${join(this.#dir, String(index + 1), 'drive')}`,
    );
    for (const [index, host] of hosts.entries()) {
      const dir = join(this.#dir, String(index + 1));
      mkdirSync(join(dir, 'drive'), { recursive: true });
      const { binary, accessKey, secretKey } = this;
      const node = new ClusterNode({
        index,
        host,
        dir,
        bridge: this.#bridge,
        drives,
        binary,
        accessKey,
        secretKey,
      });
      this.nodes.push(node);
      node.plug();
    }
    for (const node of this.nodes) node.start();
    await this.whole();
  }

  private async isWhole(): Promise<boolean> {
    const well = await Promise.all(this.nodes.map((node) => node.seesAll(NODES)));
    return well.every(Boolean);
  }
}

interface NodeOptions {
  index: number;
  host: string;
  dir: string;
  bridge: string;
  drives: string[];
  binary: string;
  accessKey: string;
  secretKey: string;
}

/** One node: its process, and the cable to the others and to us. */
export class ClusterNode {
  readonly endpoint: string;
  readonly root: MadminClient;
  readonly #namespace: string;
  readonly #cable: string;
  #child: ChildProcess | undefined;
  #frozen = false;
  #log = '';

  constructor(private readonly options: NodeOptions) {
    const { index, host, accessKey, secretKey } = options;
    this.endpoint = `http://${host}:9000`;
    this.root = new MadminClient({ endpoint: this.endpoint, accessKey, secretKey });
    this.#namespace = `${PREFIX}${process.pid}-${index + 1}`;
    this.#cable = `${PREFIX}${process.pid}v${index + 1}`;
  }

  /** Where its drive has this of what MinIO keeps of its users and policies. */
  keptAt(path: string): string {
    return join(this.options.dir, 'drive/.minio.sys/config/iam', path);
  }

  plug(): void {
    const { host, bridge } = this.options;
    ip('netns', 'add', this.#namespace);
    ip('link', 'add', this.#cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', this.#namespace);
    ip('link', 'set', this.#cable, 'master', bridge, 'up');
    ip('-n', this.#namespace, 'addr', 'add', `${host}/24`, 'dev', 'eth0');
    ip('-n', this.#namespace, 'link', 'set', 'eth0', 'up');
    ip('-n', this.#namespace, 'link', 'set', 'lo', 'up');
  }

  start(): void {
    const { binary, dir, drives, accessKey, secretKey, host } = this.options;
    const server = [binary, 'server', `--address=${host}:9000`, ...drives];
    this.#child = spawnTied(IP ?? 'ip', ['netns', 'exec', this.#namespace, ...server], {
      env: {
        PATH: process.env.PATH ?? '',
        HOME: dir,
        MINIO_ROOT_USER: accessKey,
        MINIO_ROOT_PASSWORD: secretKey,
        MINIO_BROWSER: 'off',
        MINIO_UPDATE: 'off',
        // drives that are no mounts of their own are for trials only, says MinIO
        MINIO_CI_CD: '1',
        // for how long a node waits for another one that is silent; 30 s by default
        MINIO_DRIVE_MAX_TIMEOUT: '2s',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: dir,
    });
    const keep = (chunk: Buffer) => (this.#log = (this.#log + chunk.toString()).slice(-20_000));
    this.#child.stdout?.on('data', keep);
    this.#child.stderr?.on('data', keep);
  }

  logs(): string {
    return this.#log;
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    this.#frozen = false;
    child?.kill('SIGKILL');
    if (child) await exited(child);
  }

  /** It takes connections and answers nothing. */
  freeze(): void {
    // 0 would be this very process
    if (!this.#child?.pid) throw new Error(`${this.endpoint} is not running`);
    freeze(this.#child.pid);
    this.#frozen = true;
  }

  /** Its cable is out: packets from and to it are lost without a word. */
  cut(): void {
    ip('link', 'set', this.#cable, 'down');
  }

  /** The end of whatever was done to it. */
  comeBack(): void {
    ip('link', 'set', this.#cable, 'up');
    if (this.#frozen) this.#child?.kill('SIGCONT');
    this.#frozen = false;
    if (!this.#child) this.start();
  }

  /** It serves, and has every node of the cluster on the line. */
  async seesAll(count: number): Promise<boolean> {
    try {
      if (!(await this.root.server.health('cluster')).ok) return false;
      const { servers = [] } = await this.root.server.info();
      return servers.filter(({ state }) => state === 'online').length === count;
    } catch {
      return false;
    }
  }

  async remove(): Promise<void> {
    await this.kill();
    await this.root.close();
    spawnSync(IP ?? 'ip', ['netns', 'del', this.#namespace]);
    spawnSync(IP ?? 'ip', ['link', 'del', this.#cable]);
  }
}
