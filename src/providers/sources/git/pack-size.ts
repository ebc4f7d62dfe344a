import { inflateSync, type InflateRaw } from 'node:zlib';
import { SourceError, wrongField } from '../source-error.js';

/** The most bytes that the objects of a repository may have at the commit that is loaded, unpacked. */
export const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;
const MAX_OBJECTS = 20_000;
const HEADER_BYTES = 12;
const TRAILER_BYTES = 20;
const OFS_DELTA = 6;
const REF_DELTA = 7;

/**
 * Refuses a pack whose objects are larger than {@link MAX_UNPACKED_BYTES} before anything unpacks it: a few KiB of a compressed stream, or of a
 * delta, may stand for gigabytes. Throws {@link SourceError}.
 */
export function requirePackSize(pack: Buffer): void {
  if (pack.byteLength < HEADER_BYTES + TRAILER_BYTES || pack.toString('latin1', 0, 4) !== 'PACK')
    throw broken();
  const objects = pack.readUInt32BE(8);
  if (objects > MAX_OBJECTS) throw tooLarge(`more than ${MAX_OBJECTS} objects`);
  let offset = HEADER_BYTES;
  let total = 0;
  for (let index = 0; index < objects; index++) {
    const { type, start } = entryAt(pack, offset);
    const { content, end } = inflated(pack, start, MAX_UNPACKED_BYTES - total);
    const isDelta = type === OFS_DELTA || type === REF_DELTA;
    total += content.byteLength + (isDelta ? resultOf(content) : 0);
    if (total > MAX_UNPACKED_BYTES) throw tooMuch();
    offset = end;
  }
}

/** Where the compressed content of the object begins that has its header here. */
function entryAt(pack: Buffer, offset: number): { type: number; start: number } {
  const type = (byteAt(pack, offset) >> 4) & 7;
  let at = afterVarint(pack, offset);
  if (type === OFS_DELTA) at = afterVarint(pack, at);
  if (type === REF_DELTA) at += 20;
  return { type, start: at };
}

function inflated(pack: Buffer, start: number, limit: number): { content: Buffer; end: number } {
  try {
    const { buffer, engine } = inflateSync(pack.subarray(start), {
      info: true,
      maxOutputLength: Math.max(limit, 1),
    }) as unknown as { buffer: Buffer; engine: InflateRaw };
    return { content: buffer, end: start + engine.bytesWritten };
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? tooMuch() : broken();
  }
}

/** A delta begins with the sizes of its base and of its result. */
function resultOf(delta: Buffer): number {
  let at = afterVarint(delta, 0);
  let size = 0;
  for (let factor = 1; ; factor *= 128, at++) {
    const byte = byteAt(delta, at);
    size += (byte & 127) * factor;
    if (byte < 128) return size;
    if (factor > MAX_UNPACKED_BYTES) throw tooMuch();
  }
}

function afterVarint(bytes: Buffer, offset: number): number {
  let at = offset;
  while (byteAt(bytes, at) >= 128) at++;
  return at + 1;
}

function byteAt(bytes: Buffer, offset: number): number {
  const byte = bytes[offset];
  if (byte === undefined) throw broken();
  return byte;
}

function tooMuch(): SourceError {
  return tooLarge(`more than ${MAX_UNPACKED_BYTES / 1024 / 1024} MiB at this commit`);
}

function tooLarge(what: string): SourceError {
  return wrongField('git_url', `is a repository of ${what}`);
}

function broken(): SourceError {
  return new SourceError('The Git server sent an incomplete answer');
}
