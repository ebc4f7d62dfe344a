import type { Files } from '../../documents/model.js';
import { wrongFile } from './source-error.js';

/** The most bytes of one file. */
export const MAX_FILE_BYTES = 256 * 1024;
/** The most files of a provider. */
export const MAX_FILES = 200;
/** The most bytes of all files of a provider. */
export const MAX_TOTAL_BYTES = 5 * 1024 * 1024;
/** The most folders within each other. */
export const MAX_DEPTH = 8;

const LFS_POINTER = 'version https://git-lfs.github.com/spec/';
const PATH = /^(?!\.)[^\\/\p{Cc}]{1,255}(\/(?!\.)[^\\/\p{Cc}]{1,255})*$/u;

/** The files of one provider, checked one by one as they are read. */
export class CollectedFiles {
  readonly #files = new Map<string, string>();
  #bytes = 0;

  /** Names that start with a dot, such as `.github`, belong to tools and are left out. */
  static isLeftOut(name: string): boolean {
    return name.startsWith('.');
  }

  /** Refuses a file that is too large before it is read. */
  static requireSize(path: string, bytes: number): void {
    if (bytes > MAX_FILE_BYTES) throw wrongFile(path, `has more than ${MAX_FILE_BYTES / 1024} KiB`);
  }

  /** Refuses folders that are too deep. */
  static requireDepth(path: string): void {
    if (path.split('/').length > MAX_DEPTH) throw wrongFile(path, `lies more than ${MAX_DEPTH} folders deep`);
  }

  add(path: string, content: Uint8Array): void {
    if (!PATH.test(path)) throw wrongFile(path.replaceAll(/\p{Cc}/gu, '?'), 'has no usable name');
    if (this.#files.size >= MAX_FILES) throw wrongFile(path, `is one of more than ${MAX_FILES} files`);
    CollectedFiles.requireSize(path, content.byteLength);
    this.#bytes += content.byteLength;
    if (this.#bytes > MAX_TOTAL_BYTES)
      throw wrongFile(path, `makes the provider larger than ${MAX_TOTAL_BYTES / 1024 / 1024} MiB`);
    this.#files.set(path, textOf(path, content));
  }

  /** By path, whatever the order in which they were read. */
  all(): Files {
    return new Map([...this.#files].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

function textOf(path: string, content: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw wrongFile(path, 'is not text in UTF-8');
  }
  if (text.includes('\0')) throw wrongFile(path, 'is not text: it has a NUL character');
  if (text.startsWith(LFS_POINTER)) throw wrongFile(path, 'is a pointer of Git LFS, not the file itself');
  return text;
}
