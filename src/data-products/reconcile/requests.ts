import type { ProductRef } from '../portal/refs.js';

/** A look at one product. */
export function reconcileRequest({ kind, id }: ProductRef) {
  return { kind: 'data_product.reconcile', input: { kind, id }, subject: `data_product:${id}` } as const;
}

/** A look at everybody who is concerned by an output port, or by all of a provider's. */
export function consumersRequest(providerId: string, outputPortId?: string) {
  return {
    kind: 'data_product.consumers',
    input: {
      provider_id: providerId,
      ...(outputPortId === undefined ? {} : { output_port_id: outputPortId }),
    },
    subject: `output_port:${providerId}/${outputPortId ?? ''}`,
  } as const;
}

/** A look at everything. */
export function resyncRequest() {
  return { kind: 'data_product.resync', input: { all: true }, subject: 'portal' } as const;
}
