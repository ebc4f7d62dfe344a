import type { Readable } from 'node:stream';
import type { Json } from '../../documents/model.js';

/** The most bytes of an answer that are read. */
export const MAX_ANSWER_BYTES = 1024 * 1024;
/** What the database stores without trouble. */
const MAX_DEPTH = 50;
/** JSON with a NUL or half a surrogate: PostgreSQL cannot store it. */
const NO_TEXT = /\\u(?:0000|d[89a-f])/i;

/** What an answer says, if that is JSON that can be kept: otherwise undefined. Ends the answer. Throws if it breaks off. */
export async function readJson(stream: Readable, contentType: string): Promise<Json | undefined> {
  if (!/^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(contentType)) {
    stream.destroy();
    return undefined;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
    // leaving the loop ends the stream
    if ((size += (chunk as Buffer).length) > MAX_ANSWER_BYTES) return undefined;
  }
  try {
    const value = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Json;
    return isShallow(value, MAX_DEPTH) && !NO_TEXT.test(JSON.stringify(value)) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isShallow(value: Json, depth: number): boolean {
  if (value === null || typeof value !== 'object') return true;
  return depth > 0 && Object.values(value).every((each: Json) => isShallow(each, depth - 1));
}
