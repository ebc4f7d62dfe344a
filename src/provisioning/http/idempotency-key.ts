import { brokenRule } from '../../common/problems/problem.js';

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,200}$/;

/** The value of `Idempotency-Key`, if it is valid. */
export function readIdempotencyKey(text: string | undefined): string | undefined {
  if (text === undefined || IDEMPOTENCY_KEY.test(text)) return text;
  throw brokenRule('Idempotency-Key', '1 to 200 printable characters without blanks');
}
