import { createHash } from 'node:crypto';
import type { Actor } from '../../common/caller.js';
import { brokenRule } from '../../common/problems/problem.js';

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,200}$/;

/** The value of `Idempotency-Key`, if it is valid. */
export function readIdempotencyKey(text: string | undefined): string | undefined {
  if (text === undefined || IDEMPOTENCY_KEY.test(text)) return text;
  throw brokenRule('Idempotency-Key', '1 to 200 printable characters without blanks');
}

/** The same caller and key give the same id. */
export function idOfKey(key: string, { name, kind }: Actor): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([kind, name, key]))
    .digest('hex');
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}
