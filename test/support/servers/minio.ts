import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { exited, freePort, freeze, stopChild } from '../../../scripts/child.mjs';
import { findMinio } from '../../../scripts/minio-binary.mjs';
import { launchMinio } from '../../../scripts/minio-server.mjs';
import { tempDir } from '../service/temp.js';

export interface MinioOptions {
  accessKey?: string;
  secretKey?: string;
  dataDir?: string;
  port?: number;
  /** More environment for the server, e.g. MINIO_API_REQUESTS_MAX. */
  env?: Record<string, string>;
}

/** A real MinIO, a child of the test process: ready, with a console, dead when the test process is. */
export async function startMinio(options: MinioOptions = {}): Promise<MinioServer> {
  const binary = await findMinio({ log: console.error });
  const attempts = options.port === undefined ? 3 : 1;
  for (let attempt = 1; ; attempt += 1) {
    const server = new MinioServer(binary, options, options.port ?? (await freePort()), await freePort());
    try {
      return await server.start();
    } catch (error) {
      // The probed port can be taken by somebody else before MinIO listens on it.
      if (attempt >= attempts || !/already in use/.test(String(error))) throw error;
    }
  }
}

export class MinioServer {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly dataDir: string;
  readonly endpoint: string;
  readonly consoleEndpoint: string;
  private child: ChildProcess | undefined;
  private readLog: () => string = () => '';

  constructor(
    private readonly binary: string,
    private readonly options: MinioOptions,
    readonly port: number,
    readonly consolePort: number,
  ) {
    this.accessKey = options.accessKey ?? `root${randomBytes(4).toString('hex')}`;
    this.secretKey = options.secretKey ?? randomBytes(20).toString('hex');
    this.dataDir = options.dataDir ?? tempDir('minio');
    this.endpoint = `http://127.0.0.1:${port}`;
    this.consoleEndpoint = `http://127.0.0.1:${consolePort}`;
  }

  get pid(): number {
    if (this.child?.pid === undefined) throw new Error('MinIO is not running');
    return this.child.pid;
  }

  logs(): string {
    return this.readLog();
  }

  /** Also starts a stopped server again: same port, same keys, same data. */
  async start(): Promise<this> {
    const { binary, port, consolePort, accessKey, secretKey, dataDir, options } = this;
    const env = options.env ?? {};
    const launched = await launchMinio({ binary, port, consolePort, accessKey, secretKey, dataDir, env });
    this.child = launched.child;
    this.readLog = launched.log;
    return this;
  }

  /** An orderly end (about a second); the data stays for the next start. */
  async stop(): Promise<void> {
    if (this.child) await stopChild(this.child);
    this.child = undefined;
  }

  /** SIGKILL: as if the machine had lost power. */
  async kill(): Promise<void> {
    if (this.child) {
      this.child.kill('SIGKILL');
      await exited(this.child);
    }
    this.child = undefined;
  }

  /** Accepts connections but answers nothing until resume(). */
  pause(): void {
    freeze(this.pid);
  }

  resume(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  /** The end in afterAll: no waiting, and the data goes too (unless the caller brought the folder). */
  async remove(): Promise<void> {
    await this.kill();
    if (this.options.dataDir === undefined) rmSync(this.dataDir, { recursive: true, force: true });
  }
}
