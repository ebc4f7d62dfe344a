import { createHmac, timingSafeEqual } from 'node:crypto';
import { parseJson, utf8 } from './json.js';

const SIGNATURE = /^[0-9a-f]{128}$/;

/** A JSON string, or the separators between tokens. Only used on valid JSON. */
const STRING_OR_SEPARATOR = /"[^"\\]*(?:\\.[^"\\]*)*"|[ \t\r\n]+|[,:]/g;

/**
 * Whether a v1 webhook has the portal's `Sign` header: HMAC-SHA512 in lower-case hex. The portal signs its message as Python's `json.dumps`
 * prints it, but sends different bytes (observed: 0.5.1, 0.7.0). A signature of the received bytes is accepted, too: other senders follow
 * the portal's documentation, which specifies this. The comparison takes constant time. The scheme has no protection against replay.
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
 * JSON text as Python's `json.dumps(json.loads(text))` prints it: `", "` and `": "` between tokens, 0x7f and all characters outside ASCII
 * escaped. Order and numbers are kept as written, so text from Python comes out as Python signed it. Undefined if the text is not JSON. Two
 * inputs would differ, but Python never sends them: duplicate names (Python keeps the last value), and numbers in a different spelling than
 * Python's own (`1E5` is `100000.0`, `-0` is `0`, `1.50` is `1.5`).
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
