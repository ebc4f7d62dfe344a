import type { FastifyRequest } from 'fastify';
import { Problem } from '../../common/problems/problem.js';

/** The header that the page sends with every request. No other origin can send it without asking, which is never allowed (no CORS). */
export const PAGE_HEADER = 'x-lake';

/** What a request lacks that the page itself would have sent; undefined if nothing. */
export function missingOfPage({ headers }: FastifyRequest): string | undefined {
  if (headers[PAGE_HEADER] !== '1') return 'the header X-Lake: 1';
  // browsers set it themselves, and no script can
  if (headers['sec-fetch-site'] !== 'same-origin') return 'the header Sec-Fetch-Site: same-origin';
  return undefined;
}

/** 403 unless the page itself sends the request: nobody is logged in or out by another page. */
export function refuseOthers(request: FastifyRequest): void {
  const missing = missingOfPage(request);
  if (missing !== undefined)
    throw new Problem('forbidden', `Only the page itself does this: ${missing} is missing`);
}
