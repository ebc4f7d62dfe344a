/** Which span of which trace something belongs to. */
export interface TraceParent {
  traceId: string;
  spanId: string;
  isSampled: boolean;
}

/** Later versions may add parts at the end. */
const FORM = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Reads the header `traceparent` (W3C Trace Context, level 1); undefined: it is none, or not valid, and a new trace begins. */
export function readTraceParent(text: unknown): TraceParent | undefined {
  const [, version, traceId, spanId, flags = '', more] = (typeof text === 'string' && FORM.exec(text)) || [];
  if (!traceId || !spanId || (version === '00' && more !== undefined)) return undefined;
  return { traceId, spanId, isSampled: (parseInt(flags, 16) & 1) === 1 };
}

export function writeTraceParent({ traceId, spanId, isSampled }: TraceParent): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
}
