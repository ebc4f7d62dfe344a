import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { currentSpan, recordCall, type Span } from '../common/tracing/tracing.js';
import type { PeerOf } from './peers.js';

/** A call under way, and the span that it is a part of. */
interface Call {
  parent: Span;
  startedAt: number;
}

/** The parts of a request of undici that are used. */
interface UndiciRequest {
  method: string;
  origin: string | URL;
}

interface Answer {
  statusCode?: number | undefined;
}

const CODE = /^[A-Z][A-Z0-9_]{1,40}$/;

/**
 * Records each HTTP call of this process that a traced piece of work makes, from the request to the head of the answer: Node tells of them by its
 * diagnostics channels. Those of the admin API, which go through undici, are told by their client with the verb. Returns what ends it.
 */
export function traceOutgoing(peerOf: PeerOf): () => void {
  const calls = new WeakMap<object, Call>();
  const began = (request: object): void => {
    const parent = currentSpan();
    if (parent?.isSampled) calls.set(request, { parent, startedAt: performance.now() });
  };
  const ended = (request: object, method: string, origin: string, outcome: Answer & { error?: unknown }) => {
    const call = calls.get(request);
    calls.delete(request);
    if (call) record(call, method, peerOf(origin), outcome);
  };
  const byNode = (message: unknown): void => {
    const { request, response, error } = message as NodeMessage;
    ended(request, request.method, originOf(request), { statusCode: response?.statusCode, error });
  };
  const byUndici = (message: unknown): void => {
    const { request, response, error } = message as UndiciMessage;
    const origin = String(request.origin);
    if (peerOf(origin) === 'minio') calls.delete(request);
    ended(request, request.method, origin, { statusCode: response?.statusCode, error });
  };
  return listen({
    'http.client.request.created': (message) => began((message as NodeMessage).request),
    'http.client.response.finish': byNode,
    'http.client.request.error': byNode,
    'undici:request:create': (message) => began((message as UndiciMessage).request),
    'undici:request:headers': byUndici,
    'undici:request:error': byUndici,
  });
}

interface NodeMessage {
  request: ClientRequest;
  response?: IncomingMessage;
  error?: unknown;
}

interface UndiciMessage {
  request: UndiciRequest;
  response?: Answer;
  error?: unknown;
}

function record({ parent, startedAt }: Call, method: string, peer: string, { statusCode, error }: Failed) {
  const hasFailed = statusCode === undefined || statusCode >= 500;
  const fields = {
    'peer.service': peer,
    'http.request.method': method,
    ...(statusCode === undefined ? {} : { 'http.response.status_code': statusCode }),
    ...(hasFailed ? { 'error.type': statusCode === undefined ? codeOf(error) : String(statusCode) } : {}),
  };
  recordCall({ name: `${peer} ${method}`, fields, ms: performance.now() - startedAt, hasFailed }, parent);
}

type Failed = Answer & { error?: unknown };

/** The code of the network; everything else that an error says may be of somebody else. */
function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && CODE.test(code) ? code : 'failed';
}

function originOf(request: ClientRequest): string {
  return URL.parse(`${request.protocol}//${String(request.getHeader('host'))}`)?.origin ?? '';
}

function listen(listeners: Record<string, (message: unknown) => void>): () => void {
  const all = Object.entries(listeners);
  for (const [channel, listener] of all) subscribe(channel, listener);
  return () => {
    for (const [channel, listener] of all) unsubscribe(channel, listener);
  };
}
