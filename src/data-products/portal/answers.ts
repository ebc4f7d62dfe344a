import { type PortalAnswer } from './http.js';
import { PortalError, refusal } from './portal-error.js';
import { type ProductRef, readId } from './refs.js';

export const API = '/api/v2';
export const PRODUCTS = `${API}/data_products`;

/** The path of a product in the API. Throws for an id that is not a single path segment. */
export function addressOf({ kind, id }: ProductRef): string {
  return `${API}/${kind === 'exploration' ? 'explorations' : 'data_products'}/${segment(id)}`;
}

export function segment(id: string): string {
  if (readId(id) === undefined) throw new PortalError('An id cannot be used in a URL of the portal', false);
  return encodeURIComponent(id);
}

export function succeeded({ status, data }: PortalAnswer, doing: string): unknown {
  if (status >= 200 && status <= 299) return data;
  throw refusal(status, doing);
}

/** Whether the portal itself sent the 404 ("Data Product not found"), not its router or another server. */
export function saysWhatIsMissing({ status, data }: PortalAnswer): boolean {
  if (status !== 404 || typeof data !== 'object' || data === null) return false;
  const { detail } = data as { detail?: unknown };
  return typeof detail === 'string' && detail !== 'Not Found' && /not found/i.test(detail);
}

/** Whether the portal's router does not know the path, for any id: the portal is an older version. */
export function hasNoSuchRoute({ status, data }: PortalAnswer): boolean {
  if (status === 405) return true;
  return (
    status === 404 &&
    typeof data === 'object' &&
    (data as { detail?: unknown } | null)?.detail === 'Not Found'
  );
}
