import { type PortalAnswer } from './http.js';
import { PortalError, refusal } from './portal-error.js';
import { type ProductRef, readId } from './refs.js';

export const API = '/api/v2';
export const PRODUCTS = `${API}/data_products`;

/** Where a product is; throws for an id that is no single segment of a path. */
export function addressOf({ kind, id }: ProductRef): string {
  return `${API}/${kind === 'exploration' ? 'explorations' : 'data_products'}/${segment(id)}`;
}

export function segment(id: string): string {
  if (readId(id) === undefined)
    throw new PortalError('An id cannot be used in an address of the portal', false);
  return encodeURIComponent(id);
}

export function succeeded({ status, data }: PortalAnswer, doing: string): unknown {
  if (status >= 200 && status <= 299) return data;
  throw refusal(status, doing);
}

/** Whether a 404 is of the portal's own making ("Data Product not found"), not of its router or of another server. */
export function saysWhatIsMissing({ status, data }: PortalAnswer): boolean {
  if (status !== 404 || typeof data !== 'object' || data === null) return false;
  const { detail } = data as { detail?: unknown };
  return typeof detail === 'string' && detail !== 'Not Found' && /not found/i.test(detail);
}

/** Whether the portal's router has no such address: an older portal, on whatever ids it is asked. */
export function hasNoSuchRoute({ status, data }: PortalAnswer): boolean {
  if (status === 405) return true;
  return (
    status === 404 &&
    typeof data === 'object' &&
    (data as { detail?: unknown } | null)?.detail === 'Not Found'
  );
}
