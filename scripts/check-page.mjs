// The check `page`: how much a browser loads. Reads what Vite built into dist/ui. No dependencies.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ROOT } from './node.mjs';

const BUILT = join(ROOT, 'dist', 'ui');
/** What everybody loads before anything is shown, in bytes after gzip. */
const FIRST_LOAD = 45 * 1024;
/** What a page adds. */
const CHUNK = 30 * 1024;

/** @typedef {{ file: string, isEntry?: boolean, imports?: string[], css?: string[] }} Chunk */

/** @type {Record<string, Chunk>} */
const manifest = JSON.parse(readFileSync(join(BUILT, '.vite', 'manifest.json'), 'utf8'));
const sizeOf = (file) => gzipSync(readFileSync(join(BUILT, file))).length;

/** @param {string} name @returns {Set<string>} its files and those of the chunks that it cannot do without */
function filesOf(name, found = new Set()) {
  const { file, imports = [], css = [] } = manifest[name] ?? { file: '' };
  if (found.has(file)) return found;
  for (const each of [file, ...css]) found.add(each);
  for (const each of imports) filesOf(each, found);
  return found;
}

const entries = Object.keys(manifest).filter((name) => manifest[name]?.isEntry);
const first = new Set(['index.html', ...entries.flatMap((name) => [...filesOf(name)])]);
const total = [...first].reduce((sum, file) => sum + sizeOf(file), 0);
const failures = total > FIRST_LOAD ? [`the first load is ${total} bytes, at most ${FIRST_LOAD}`] : [];
for (const name of Object.keys(manifest)) {
  const added = [...filesOf(name)].filter((file) => !first.has(file));
  const size = added.reduce((sum, file) => sum + sizeOf(file), 0);
  if (size > CHUNK) failures.push(`${name} adds ${size} bytes, at most ${CHUNK}`);
}
console.log(`first load: ${(total / 1024).toFixed(1)} KB of ${FIRST_LOAD / 1024}, compressed`);
for (const failure of failures) console.error(failure);
if (entries.length === 0 || failures.length > 0) process.exitCode = 1;
