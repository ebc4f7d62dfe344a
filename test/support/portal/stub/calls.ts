import type { PortalDelivery } from '../deliveries.js';

export interface StubRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  /** Parsed; undefined when there was none. */
  body: unknown;
}

export interface StubAnswer {
  status: number;
  body?: unknown;
  location?: string;
  /** Webhooks that the portal sends for the call. */
  deliveries?: PortalDelivery[];
  /** A call that no portal of this version would get from a careful client. */
  problem?: string;
}
