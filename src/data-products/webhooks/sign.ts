import { createHmac, timingSafeEqual } from 'node:crypto';
import { parseJson, utf8 } from './json.js';

const SIGNATURE = /^[0-9a-f]{128}$/;

/** A string of JSON, or what stands between the tokens. Only ever used on text that is known to be JSON. */
const STRING_OR_SEPARATOR = /"[^"\\]*(?:\\.[^"\\]*)*"|[ \t\r\n]+|[,:]/g;

/**
 * Whether a v1 webhook carries the portal's `Sign` header: lower-case hex HMAC-SHA512. The portal signs its message as Python's
 * `json.dumps` spells it, and sends other bytes (observed: 0.5.1, 0.7.0). A signature of the very bytes is taken, too: senders that are
 * not the portal follow its documentation, which says that. Compared in constant time; there is no protection against replay in the scheme.
 */
export function isSigned(raw: Buffer, header: string | undefined, secret: string): boolean {
  if (header === undefined || !SIGNATURE.test(header)) return false;
  const given = Buffer.from(header, 'hex');
  const text = utf8(raw);
  const dumped = text === undefined ? undefined : pythonDumps(text);
  const signed = [raw, dumped].map(
    (each) =>
      each !== undefined && timingSafeEqual(given, createHmac('sha512', secret).update(each).digest()),
  );
  return signed.includes(true);
}

/**
 * JSON text as Python's `json.dumps(json.loads(text))` prints it: `", "` and `": "` between tokens, everything outside ASCII and 0x7f
 * escaped. Order and numbers stay as they are written, so whatever Python itself sent comes out as Python signed it. Undefined when the
 * text is not JSON. Python would print these otherwise, and never sends them: names that occur twice (it keeps the last value), and
 * numbers in another than its own spelling (`1E5` is `100000.0`, `-0` is `0`, `1.50` is `1.5`).
 */
export function pythonDumps(text: string): string | undefined {
  if (parseJson(text) === undefined) return undefined;
  return text.replace(STRING_OR_SEPARATOR, (token) => {
    if (token.startsWith('"')) return asciiString(token);
    return token === ',' || token === ':' ? `${token} ` : '';
  });
}

function asciiString(token: string): string {
  return JSON.stringify(JSON.parse(token)).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
