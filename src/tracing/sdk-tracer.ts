import type * as Otel from '@opentelemetry/api';
import type * as OtelSdk from '@opentelemetry/sdk-trace';
import type { Span, SpanStart, Tracer } from '../common/tracing/tracing.js';
import type { TraceParent } from '../common/tracing/trace-parent.js';
import type { TracingConfig } from '../config/parts/tracing.js';

type Api = typeof Otel;
type Sdk = typeof OtelSdk;

/** Makes the spans of this service with the SDK. */
export function sdkTracer(api: Api, tracer: Otel.Tracer): Tracer {
  const kinds = {
    server: api.SpanKind.SERVER,
    client: api.SpanKind.CLIENT,
    consumer: api.SpanKind.CONSUMER,
  } as const;
  return (name, { kind, fields, parent, agoMs }: SpanStart): Span => {
    const span = tracer.startSpan(
      name,
      {
        kind: kinds[kind],
        attributes: attributesOf(fields),
        ...(agoMs === undefined ? {} : { startTime: Date.now() - agoMs }),
      },
      contextOf(api, parent),
    );
    const { traceId, spanId, traceFlags } = span.spanContext();
    return {
      traceId,
      spanId,
      isSampled: (traceFlags & api.TraceFlags.SAMPLED) !== 0,
      end: (more, hasFailed) => {
        if (more) span.setAttributes(attributesOf(more));
        if (hasFailed) span.setStatus({ code: api.SpanStatusCode.ERROR });
        span.end();
      },
    };
  };
}

function attributesOf(fields: object): Otel.Attributes {
  return fields as Otel.Attributes;
}

function contextOf({ trace, TraceFlags, ROOT_CONTEXT }: Api, parent: TraceParent | undefined): Otel.Context {
  if (!parent) return ROOT_CONTEXT;
  const { traceId, spanId, isSampled } = parent;
  const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

/** The sampler of `OTEL_TRACES_SAMPLER`. */
export function samplerOf(sdk: Sdk, { sampler, ratio }: TracingConfig): OtelSdk.Sampler {
  const root = rootSampler(sdk, sampler.replace('parentbased_', ''), ratio);
  return sampler.startsWith('parentbased_') ? new sdk.ParentBasedSampler({ root }) : root;
}

function rootSampler(sdk: Sdk, name: string, ratio: number): OtelSdk.Sampler {
  if (name === 'always_on') return new sdk.AlwaysOnSampler();
  return name === 'always_off' ? new sdk.AlwaysOffSampler() : new sdk.TraceIdRatioBasedSampler(ratio);
}
