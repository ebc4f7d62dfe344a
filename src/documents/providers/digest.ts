import { createHash } from 'node:crypto';
import type { Files } from '../model.js';

/** SHA-256, in hex, of a provider's files: the same exactly if paths and texts are the same, in whatever order. */
export function digestOf(files: Files): string {
  const hash = createHash('sha256');
  for (const path of [...files.keys()].sort()) hash.update(`${JSON.stringify([path, files.get(path)])}\n`);
  return hash.digest('hex');
}
