// The HTTP client of the load generator, for the service and for the floor alike: undici's pool, one callback object a request,
// no parsing. It shares the machine with what it measures, so it does as little as it can.
import { Pool } from 'undici';

/**
 * Made once, sent many times.
 * @typedef {{ method: string, path: string, headers: string[], body?: Buffer | null }} Prepared headers: name, value, name, ...
 * @typedef {{ status: number, body: Buffer }} Answer
 */
export class Client {
  #pool;

  /** @param {string} origin @param {number} [connections] */
  constructor(origin, connections = 64) {
    this.#pool = new Pool(origin, { connections, pipelining: 1, keepAliveTimeout: 20_000, allowH2: false });
  }

  /** @param {Prepared} request @returns {Promise<Answer>} */
  send(request) {
    return new Promise((resolve, reject) => this.#pool.dispatch(request, new Exchange(resolve, reject)));
  }

  /** The answer, if it has that status; anything else ends the benchmark. @param {Prepared} request @param {number} status */
  async expect(request, status) {
    const answer = await this.send(request);
    if (answer.status === status) return answer;
    // An answer that went well may hold a secret.
    const why = answer.status >= 400 ? answer.body.toString('utf8').slice(0, 300) : '';
    throw new Error(`${request.method} ${request.path}: ${answer.status} instead of ${status} ${why}`);
  }

  /** @returns {Promise<void>} */
  close() {
    return this.#pool.destroy();
  }
}

class Exchange {
  #resolve;
  #reject;
  #status = 0;
  #chunks = [];

  constructor(resolve, reject) {
    this.#resolve = resolve;
    this.#reject = reject;
  }

  onRequestStart() {}

  onResponseStart(_controller, status) {
    this.#status = status;
  }

  onResponseData(_controller, chunk) {
    this.#chunks.push(chunk);
  }

  onResponseEnd() {
    const chunks = this.#chunks;
    this.#resolve({ status: this.#status, body: chunks.length === 1 ? chunks[0] : Buffer.concat(chunks) });
  }

  onResponseError(_controller, error) {
    this.#reject(error);
  }
}
