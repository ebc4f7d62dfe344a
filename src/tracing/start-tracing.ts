import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { outsideSpans, traceBy } from '../common/tracing/tracing.js';
import type { AppConfig } from '../config/app-config.js';
import type { TracingConfig } from '../config/parts/tracing.js';
import { ROOT } from '../config/root.js';
import { traceOutgoing } from './outgoing.js';
import { peersOf } from './peers.js';
import { samplerOf, sdkTracer } from './sdk-tracer.js';

/** How long the end of the process waits for the last spans to be sent, in milliseconds. */
const FLUSH_MS = 1500;

/** Traces from now on, if a collector is configured. Returns what sends the last spans, which never throws. */
export async function startTracing(config: AppConfig): Promise<() => Promise<void>> {
  const { tracing } = config;
  if (!tracing) return () => Promise.resolve();
  const [api, sdk, { OTLPTraceExporter }, resources] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-proto'),
    import('@opentelemetry/resources'),
  ]);
  const { detectResources, resourceFromAttributes, resourceAttributesEnvDetector, serviceNameEnvDetector } =
    resources;
  const version = versionOf();
  const service = {
    'service.name': 'minio-manager',
    'service.version': version,
    'service.instance.id': randomUUID(),
  };
  const given = detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] });
  const exporter = reported(new OTLPTraceExporter({ url: tracing.url, headers: revealed(tracing.headers) }));
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes(service).merge(given),
    sampler: samplerOf(sdk, tracing),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter, scheduledDelayMillis: tracing.scheduleDelayMs })],
  });
  traceBy(sdkTracer(api, provider.getTracer('minio-manager', version)));
  const stopOutgoing = traceOutgoing(peersOf(config));
  return async () => {
    traceBy(undefined);
    stopOutgoing();
    const flushed = provider.shutdown().catch(() => undefined);
    await Promise.race([flushed, pause(FLUSH_MS, undefined, { ref: false })]);
  };
}

function revealed(headers: TracingConfig['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.reveal()]));
}

function versionOf(): string {
  return (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version;
}

/** The exporter, whose own calls are in no trace. When the collector goes or comes back, the log says so once. */
function reported(exporter: SpanExporter): SpanExporter {
  const logger = new Logger('Tracing');
  let isAway = false;
  return {
    export: (spans, done) =>
      outsideSpans(() =>
        exporter.export(spans, (result) => {
          const hasFailed = Number(result.code) !== 0;
          // the error may repeat what the collector answered
          if (hasFailed && !isAway) logger.warn('The collector takes no traces: those of this time are lost');
          if (!hasFailed && isAway) logger.log('The collector takes traces again');
          isAway = hasFailed;
          done(result);
        }),
      ),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  };
}
