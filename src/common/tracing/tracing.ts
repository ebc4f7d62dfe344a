import { AsyncLocalStorage } from 'node:async_hooks';
import { type TraceParent, writeTraceParent } from './trace-parent.js';

/**
 * All that a span may say. Each value comes from a small fixed set or is a number or an id of this service: no name, path, key, token,
 * query, or other text of a caller. That holds for the names of spans, too.
 */
export interface SpanFields {
  'http.request.method'?: string;
  /** The route's pattern. */
  'http.route'?: string;
  'http.response.status_code'?: number;
  /** The code of a problem, of Node or of a driver. */
  'error.type'?: string;
  /** What kind of service is called: `minio`, `portal`, ... */
  'peer.service'?: string;
  /** A verb of MinIO's admin API. */
  'rpc.method'?: string;
  'db.system.name'?: 'postgresql';
  'db.operation.name'?: string;
  'db.collection.name'?: string;
  'minio_manager.provision.id'?: string;
  'minio_manager.provision.kind'?: string;
  'minio_manager.provision.attempt'?: number;
  'minio_manager.provision.outcome'?: string;
}

export interface SpanStart {
  kind: 'server' | 'client' | 'consumer';
  fields: SpanFields;
  /** Without one it begins a trace. */
  parent?: TraceParent | undefined;
  /** It began so many milliseconds ago. */
  agoMs?: number;
}

export interface Span extends TraceParent {
  /** Call it once. */
  end(fields?: SpanFields, hasFailed?: boolean): void;
}

/** Makes spans. `src/tracing` has the one of OpenTelemetry. */
export type Tracer = (name: string, start: SpanStart) => Span;

const storage = new AsyncLocalStorage<Span>();
let tracer: Tracer | undefined;

/** From now on spans are made; undefined: no longer. */
export function traceBy(made: Tracer | undefined): void {
  tracer = made;
}

export function isTracing(): boolean {
  return tracer !== undefined;
}

/** Begins a span; undefined: nothing is traced. */
export function startSpan(name: string, start: SpanStart): Span | undefined {
  return tracer?.(name, start);
}

/** Runs the work, and everything that it starts, in the span. */
export function inSpan<T>(span: Span | undefined, work: () => T): T {
  return span ? storage.run(span, work) : work();
}

/** Runs work that belongs to no trace, although something traced may have started it. */
export function outsideSpans<T>(work: () => T): T {
  return storage.exit(work);
}

/** The span of the code that runs now. */
export function currentSpan(): Span | undefined {
  return storage.getStore();
}

/** The same as the header `traceparent` writes it; null: there is none. */
export function currentTraceParent(): string | null {
  const span = currentSpan();
  return span ? writeTraceParent(span) : null;
}

/** A call that has just ended. */
export interface EndedCall {
  name: string;
  fields: SpanFields;
  ms: number;
  hasFailed: boolean;
}

/** Records a call as a span within a trace; calls that no traced work made are not recorded. */
export function recordCall({ name, fields, ms, hasFailed }: EndedCall, within?: Span): void {
  if (!tracer) return;
  const parent = within ?? currentSpan();
  if (parent?.isSampled) tracer(name, { kind: 'client', fields, parent, agoMs: ms }).end({}, hasFailed);
}
