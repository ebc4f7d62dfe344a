import { readTraceParent } from '../../common/tracing/trace-parent.js';
import { inSpan, startSpan } from '../../common/tracing/tracing.js';
import type { ProvisionRow } from '../../database/schema.js';
import type { RunOutcome } from './runs.store.js';

/**
 * Runs an attempt as a span of the trace in which the provision was accepted. The row carries the trace, whichever transport brought the id.
 * `tell` says how the attempt ended.
 */
export async function inRunSpan<T>(
  row: ProvisionRow,
  work: (tell: (outcome: RunOutcome) => void) => Promise<T>,
): Promise<T> {
  const span = startSpan(`provision ${row.kind}`, {
    kind: 'consumer',
    parent: readTraceParent(row.trace_parent),
    fields: {
      'minio_manager.provision.id': row.id,
      'minio_manager.provision.kind': row.kind,
      'minio_manager.provision.attempt': row.attempts,
    },
  });
  let ended: RunOutcome | undefined;
  try {
    return await inSpan(span, () => work((outcome) => (ended = outcome)));
  } finally {
    span?.end(...endOf(ended));
  }
}

function endOf(outcome: RunOutcome | undefined): [object, boolean] {
  const code = outcome && 'code' in outcome ? outcome.code : undefined;
  const fields = {
    'minio_manager.provision.outcome': outcome?.status ?? 'lost',
    ...(code ? { 'error.type': code } : {}),
  };
  return [fields, outcome === undefined || (code ?? null) !== null];
}
