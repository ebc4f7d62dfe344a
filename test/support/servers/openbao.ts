import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, isRunning, spawnTied, stopChild, waitFor } from '../../../scripts/child.mjs';
import { ROOT } from '../../../scripts/node.mjs';
import { ownsPort } from '../../../scripts/port-owner.mjs';
import { pinnedOpenBao } from '../../../scripts/servers/openbao.mjs';
import { tempDir } from '../service/temp.js';
import { blocksOf } from '../walks/pages.js';

const BLOCKS = readFileSync(join(ROOT, 'docs/targets.md'), 'utf8').matchAll(
  /^```(?:hcl)?\n(path .*?)^```$/gms,
);
const [LEAST = '', MORE = '', COPY = ''] = [...BLOCKS].map(([, text = '']) => text);
/** The rights of the service's token: it writes secrets, and reads none. docs/targets.md has the same text. */
export const LEAST_POLICY = LEAST;
/** The same, and what steps need that make policies and roles. */
export const MORE_POLICY = `${LEAST}${MORE}`;
/** The same, and it reads the secret of a registry. */
export const COPY_POLICY = `${LEAST}${COPY}`;
/** That of docs/tools.md in addition, so that it can read keys of SSH. */
export const SSH_POLICY = `${COPY_POLICY}${textOf('docs/tools.md', 'hcl')}`;

function textOf(page: string, language: string): string {
  return blocksOf(join(ROOT, page)).find((each) => each.language === language)?.text ?? '';
}

/** A real OpenBao, a child of the test process: unsealed, with the KV engine at `secret/`; it keeps everything in memory. */
export async function startOpenBao(): Promise<OpenBao> {
  const [binary, port, dir] = [await pinnedOpenBao(), await freePort(), tempDir('openbao')];
  const rootToken = `root-${randomBytes(12).toString('hex')}`;
  const child = spawnTied(binary, ['server', '-dev', '-dev-no-store-token'], {
    env: {
      PATH: process.env.PATH ?? '',
      HOME: dir,
      BAO_DEV_ROOT_TOKEN_ID: rootToken,
      BAO_DEV_LISTEN_ADDRESS: `127.0.0.1:${port}`,
    },
    cwd: dir,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const bao = new OpenBao(child, dir, port, rootToken);
  try {
    await bao.ready();
    return bao;
  } catch (error) {
    await bao.stop();
    throw error;
  }
}

export class OpenBao {
  readonly address: string;
  private log = '';

  constructor(
    private readonly child: ChildProcess,
    private readonly dir: string,
    private readonly port: number,
    readonly rootToken: string,
  ) {
    this.address = `http://127.0.0.1:${port}`;
    const keep = (chunk: Buffer) => (this.log += chunk.toString());
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
  }

  async ready(): Promise<void> {
    await waitFor('OpenBao', async () => {
      if (!isRunning(this.child)) throw new Error(`OpenBao ended while starting:\n${this.log}`);
      const answer = await fetch(`${this.address}/v1/secret/config`, { headers: this.headers() }).catch(
        () => undefined,
      );
      return answer?.status === 200 && ownsPort(Number(this.child.pid), this.port);
    });
  }

  /** An administrator's call, past the service. */
  async call(method: string, path: string, body?: object): Promise<any> {
    const answer = await fetch(`${this.address}/v1/${path}`, {
      method,
      headers: {
        ...this.headers(),
        ...(method === 'PATCH' && { 'content-type': 'application/merge-patch+json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok && answer.status !== 404) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** What a person with all rights reads at a path; undefined: nothing. */
  async secret(path: string): Promise<Record<string, string> | undefined> {
    return (await this.call('GET', `secret/data/${path}`)).data?.data ?? undefined;
  }

  /** A token with this policy. */
  async tokenWith(policy: string): Promise<string> {
    const name = `test-${randomBytes(4).toString('hex')}`;
    await this.call('PUT', `sys/policies/acl/${name}`, { policy });
    return (await this.call('POST', 'auth/token/create', { policies: [name], no_parent: true })).auth
      .client_token;
  }

  /** Nobody gets anything until it is unsealed. */
  async seal(): Promise<void> {
    await this.call('PUT', 'sys/seal');
  }

  async unseal(): Promise<void> {
    const key = /Unseal Key: (\S+)/.exec(this.log)?.[1];
    await fetch(`${this.address}/v1/sys/unseal`, { method: 'PUT', body: JSON.stringify({ key }) });
    await this.ready();
  }

  private headers(): Record<string, string> {
    return { 'x-vault-token': this.rootToken };
  }

  async stop(): Promise<void> {
    await stopChild(this.child);
    rmSync(this.dir, { recursive: true, force: true });
  }
}
