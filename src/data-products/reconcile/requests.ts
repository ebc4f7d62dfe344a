import type { ProductRef } from '../portal/refs.js';

/** Reconciles one product. */
export function reconcileRequest({ kind, id }: ProductRef) {
  return { kind: 'data_product.reconcile', input: { kind, id }, subject: `data_product:${id}` } as const;
}

/** Reconciles all consumers of an output port, or of all ports of a provider. */
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

/** Reconciles all products. */
export function resyncRequest() {
  return { kind: 'data_product.resync', input: { all: true }, subject: 'portal' } as const;
}
