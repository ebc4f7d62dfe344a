import { setTimeout as pause } from 'node:timers/promises';
import { Deadline } from './connection/deadline.js';
import { type Algorithm, decrypt, Sealer } from './encryption.js';
import { type MadminError, refusalError } from './errors.js';
import { toMadminError } from './failures.js';
import { type Query, Signer } from './signing.js';
import { Readiness } from './connection/readiness.js';
import { Transport, type WireAnswer, WireFault } from './connection/transport.js';
import type { CallOptions, CallRecord, Credentials } from './types.js';

/** The request of a verb. */
export interface CallSpec {
  verb: string;
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Absolute; {@link ADMIN} is the prefix of the admin API. */
  path: string;
  query?: Query;
  /** Body as plain JSON. */
  json?: unknown;
  /** Body as JSON, encrypted with the client's own secret key. */
  sealed?: unknown;
  form?: Readonly<Record<string, string>>;
  /** MinIO runs Argon2id for the answer, one at a time for the whole server. */
  slow?: boolean;
  /** Maximum size of the answer in bytes. */
  maxBytes?: number;
  /** Another signer than the client's own; null: not signed. */
  signer?: Signer | null;
  /** Default: reads (GET) two, writes one. */
  retries?: number;
  /** The server need not have read its identities: it is about something else, or signed by somebody else. */
  early?: boolean;
}

export interface CallerOptions {
  endpoint: URL;
  credentials: Credentials;
  region: string;
  timeoutMs: number;
  slowTimeoutMs: number;
  connections: number;
  algorithm: Algorithm;
  onCall: ((call: CallRecord) => void) | undefined;
}

interface Body {
  bytes?: Uint8Array;
  type: string;
}

/** attach and detach require this type, the other verbs ignore it. */
const BINARY = 'application/octet-stream';

/** What every server answers at once. */
const HEALTH = { verb: 'server.health', method: 'GET', path: '/minio/health/live', signer: null } as const;
const UNAVAILABLE = new Set([502, 503, 504]);

export const ADMIN = '/minio/admin/v3';
/** Maximum size of answers that list everything. */
export const LIST_BYTES = 64 * 1024 * 1024;
const ANSWER_BYTES = 4 * 1024 * 1024;
const RETRY_UNIT_MS = 50;

/** Body, signature, exchange, retries, errors: the common part of all verbs. */
export class Caller {
  readonly #options: CallerOptions;
  readonly #transport: Transport;
  readonly #readiness: Readiness;
  readonly #signer: Signer;
  readonly #sealer: Sealer;
  #pending = 0;

  constructor(options: CallerOptions) {
    this.#options = options;
    const { endpoint, credentials, connections, timeoutMs, algorithm } = options;
    this.#readiness = new Readiness({
      timeoutMs,
      hasLoaded: (deadline) => this.#hasLoaded(deadline),
      isThere: async (deadline) => void (await this.#attempt(HEALTH, undefined, BINARY, deadline)),
    });
    this.#transport = new Transport(endpoint.origin, connections, timeoutMs, this.#readiness);
    this.#signer = this.signer(credentials, 's3');
    this.#sealer = new Sealer(credentials.secretKey, algorithm);
  }

  signer(credentials: Credentials, service: 's3' | 'sts'): Signer {
    return new Signer({
      host: this.#options.endpoint.host,
      region: this.#options.region,
      credentials,
      service,
    });
  }

  /** For answers without content, or with content that repeats the request. */
  send(spec: CallSpec, options?: CallOptions): Promise<void> {
    return this.run(spec, options, () => undefined);
  }

  /** For answers in plain JSON. An answer that `read` cannot parse, for example an empty one, is `internal`. */
  json<T, R>(spec: CallSpec, options: CallOptions | undefined, read: (wire: T) => R): Promise<R> {
    return this.run(spec, options, ({ body }) => read(JSON.parse(body.toString('utf8')) as T));
  }

  /** For answers that MinIO encrypts with the client's secret key (and labels as JSON all the same). */
  opened<T, R>(spec: CallSpec, options: CallOptions | undefined, read: (wire: T) => R): Promise<R> {
    return this.run({ ...spec, slow: true }, options, async ({ body }) => {
      const text = await decrypt(this.#options.credentials.secretKey, body);
      return read(JSON.parse(text.toString('utf8')) as T);
    });
  }

  async run<T>(
    spec: CallSpec,
    options: CallOptions | undefined,
    read: (answer: WireAnswer) => T | Promise<T>,
    accept: (status: number) => boolean = isSuccess,
  ): Promise<T> {
    const start = performance.now();
    const { timeoutMs, slowTimeoutMs } = this.#options;
    const deadline = new Deadline(spec.slow ? slowTimeoutMs : timeoutMs, options?.signal);
    let outcome: CallRecord['outcome'] = 'ok';
    let outcomeUnknown = false;
    this.#pending += 1;
    try {
      const answer = await this.#attempts(spec, deadline);
      if (!accept(answer.status)) throw this.#refusal(spec, answer);
      const result = read(answer);
      return result instanceof Promise ? await deadline.race(result) : result;
    } catch (error) {
      const failure = toMadminError({ verb: spec.verb, isWrite: isWrite(spec) }, error);
      ({ code: outcome, outcomeUnknown } = failure);
      throw failure;
    } finally {
      deadline.dispose();
      this.#pending -= 1;
      const durationMs = performance.now() - start;
      this.#report({ verb: spec.verb, outcome, durationMs, ...(outcomeUnknown && { outcomeUnknown }) });
    }
  }

  /** Calls that have started and not ended. */
  get pending(): number {
    return this.#pending;
  }

  /** Resolves when the server has read its identities since its start; at once if that is known. */
  async whenLoaded(options?: CallOptions): Promise<void> {
    const deadline = new Deadline(this.#options.timeoutMs, options?.signal);
    try {
      const fault = await this.#readiness.ensure(deadline);
      if (fault) throw fault;
    } catch (error) {
      throw toMadminError({ verb: 'whenLoaded', isWrite: false }, error);
    } finally {
      deadline.dispose();
    }
  }

  close(): Promise<void> {
    this.#readiness.stop();
    return this.#transport.close();
  }

  async #attempts(spec: CallSpec, deadline: Deadline): Promise<WireAnswer> {
    const { bytes, type } =
      spec.sealed === undefined ? plainBody(spec) : await deadline.race(this.#sealedBody(spec.sealed));
    const retries = spec.retries ?? (isWrite(spec) ? 1 : 2);
    for (let attempt = 0; ; attempt += 1) {
      const result =
        (spec.early ? undefined : await this.#readiness.ensure(deadline)) ??
        (await this.#attempt(spec, bytes, type, deadline));
      const delay = Math.random() * RETRY_UNIT_MS * 2 ** attempt;
      const again = attempt < retries && delay < deadline.remainingMs && mayRepeat(spec, result);
      if (!again && result instanceof WireFault) throw result;
      if (!again) return result as WireAnswer;
      await deadline.race(pause(delay));
    }
  }

  async #attempt(
    spec: CallSpec,
    body: Uint8Array | undefined,
    type: string,
    deadline: Deadline,
  ): Promise<WireAnswer | WireFault> {
    const { method, path, query, maxBytes = ANSWER_BYTES, signer = this.#signer } = spec;
    const headers = body ? { 'content-type': type } : undefined;
    const signed = signer
      ? signer.sign({ method, path, query, headers, body })
      : { target: path, headers: {} };
    try {
      const answer = await this.#transport.exchange({ method, ...signed, body, maxBytes }, deadline);
      if (isNobody(answer)) this.#readiness.doubt();
      return answer;
    } catch (error) {
      if (error instanceof WireFault) return error;
      throw error;
    }
  }

  /** MinIO lets a request for the access keys of a user wait until it has read its identities, also one for nobody's. */
  async #hasLoaded(deadline: Deadline): Promise<WireFault | undefined> {
    const query = { user: 'mgr-nobody' };
    const spec = {
      verb: 'accessKeys.list',
      method: 'GET',
      path: `${ADMIN}/list-service-accounts`,
      query,
    } as const;
    const result = await this.#attempt(spec, undefined, BINARY, deadline);
    // of the call that waits for this one, nothing was sent
    if (result instanceof WireFault)
      return new WireFault(result.kind === 'lost' ? 'unreachable' : result.kind, false, result.detail);
    return UNAVAILABLE.has(result.status)
      ? new WireFault('unreachable', false, String(result.status))
      : undefined;
  }

  async #sealedBody(content: unknown): Promise<Body> {
    return { type: BINARY, bytes: await this.#sealer.seal(Buffer.from(JSON.stringify(content))) };
  }

  #refusal(spec: CallSpec, { status, body }: WireAnswer): MadminError {
    const secret = spec.sealed !== undefined;
    return refusalError({ verb: spec.verb, status, body, write: isWrite(spec), secret });
  }

  #report(record: CallRecord): void {
    try {
      this.#options.onCall?.(record);
    } catch {
      // An error in the observer must not turn an applied write into a failure.
    }
  }
}

function plainBody({ json, form }: CallSpec): Body {
  if (json !== undefined) return { type: BINARY, bytes: Buffer.from(JSON.stringify(json)) };
  if (!form) return { type: BINARY };
  return {
    type: 'application/x-www-form-urlencoded',
    bytes: Buffer.from(new URLSearchParams(form).toString()),
  };
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function isWrite({ method }: CallSpec): boolean {
  return method !== 'GET';
}

/** Whether a proxy answered because no server did, or a server that has just started. */
function isNobody({ status, headers, body }: WireAnswer): boolean {
  if (!UNAVAILABLE.has(status)) return false;
  return headers['x-amz-request-id'] === undefined || body.includes('NotInitialized');
}

/** Reads: whenever the server or the connection failed. Writes: only when no connection was made at all. */
function mayRepeat(spec: CallSpec, result: WireAnswer | WireFault): boolean {
  if (!(result instanceof WireFault)) return !isWrite(spec) && result.status === 503;
  if (isWrite(spec)) return result.kind === 'unreachable' && result.detail === 'ECONNREFUSED';
  return result.kind === 'unreachable' || result.kind === 'lost';
}
