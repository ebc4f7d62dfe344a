import { type Dispatcher, Pool } from 'undici';
import type { Cut, Deadline } from './deadline.js';

export interface WireRequest {
  method: string;
  /** Path and query, already encoded. */
  target: string;
  headers: Record<string, string>;
  body?: Uint8Array;
  /** An answer with more than this many bytes ends the request. */
  maxBytes: number;
}

export interface WireAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** Why there is no complete answer. */
export class WireFault extends Error {
  constructor(
    readonly kind: Cut | 'unreachable' | 'lost' | 'oversize',
    /** At least a part of the request may have reached the server. */
    readonly sent: boolean,
    /** The system's error code, for example ECONNREFUSED. */
    readonly detail: string,
  ) {
    super(`${kind} ${detail}`);
  }
}

/**
 * Keep-alive connections to one server. One exchange per call: no retries here. Only the deadline limits the time, because it must also end
 * a call that waits for a free connection or for a server that accepts and hangs.
 */
export class Transport {
  readonly #pool: Pool;
  #closed: Promise<void> | undefined;

  constructor(
    origin: string,
    connections: number,
    connectTimeoutMs: number,
    readiness: { connected(): void; disconnected(byUs: boolean): void },
  ) {
    this.#pool = new Pool(origin, {
      connections,
      pipelining: 1,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
      // Below the 30 s after which MinIO closes an idle connection.
      keepAliveTimeout: 10_000,
      connect: { timeout: connectTimeoutMs },
    });
    this.#pool.on('connect', () => readiness.connected());
    this.#pool.on('disconnect', (_origin, _targets, error) => readiness.disconnected(isOurs(error)));
  }

  exchange(request: WireRequest, deadline: Deadline): Promise<WireAnswer> {
    return new Promise((resolve, reject) => {
      const exchange = new Exchange(request.maxBytes, deadline, resolve, reject);
      const { method, target, headers, body } = request;
      this.#pool.dispatch({ method, path: target, headers, body: body ?? null }, exchange);
    });
  }

  /** Waits for the calls under way, each of which has its own deadline. */
  close(): Promise<void> {
    return (this.#closed ??= this.#pool.close());
  }
}

/** Whether this process closed the connection: after a time without use, or because a call's time was over. */
function isOurs(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === 'UND_ERR_INFO';
}

/** Collects one answer. undici calls onRequestStart just before the first byte is written, hence `sent` is exact. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #maxBytes: number;
  readonly #resolve: (answer: WireAnswer) => void;
  readonly #reject: (fault: WireFault) => void;
  #release: () => void = () => undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #fault: WireFault | undefined;
  #status = 0;
  #headers: WireAnswer['headers'] = {};
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(
    maxBytes: number,
    deadline: Deadline,
    resolve: (answer: WireAnswer) => void,
    reject: (fault: WireFault) => void,
  ) {
    this.#maxBytes = maxBytes;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#release = deadline.onEnd((cut) => this.#fail(cut, ''));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Ended while it waited for a connection: nothing is written.
    if (this.#fault) controller.abort(this.#fault);
    else this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: WireAnswer['headers'],
  ): void {
    this.#status = status;
    this.#headers = headers;
    if (Number(headers['content-length']) > this.#maxBytes) this.#fail('oversize', '');
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) this.#fail('oversize', '');
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#release();
    if (this.#fault) return;
    const [only] = this.#chunks;
    const body = only && this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks, this.#bytes);
    this.#resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#fail(
      this.#controller ? 'lost' : 'unreachable',
      String((error as NodeJS.ErrnoException).code ?? error.name),
    );
  }

  #fail(kind: WireFault['kind'], cause: string): void {
    if (this.#fault) return;
    this.#fault = new WireFault(kind, this.#controller !== undefined, cause);
    this.#release();
    this.#chunks = [];
    this.#reject(this.#fault);
    this.#controller?.abort(this.#fault);
  }
}
