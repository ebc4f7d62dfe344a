import { posix } from 'node:path';
import type { PromiseFsClient } from 'isomorphic-git';

/** A folder in memory, with as much of Node's `fs.promises` as isomorphic-git uses. A folder exists as long as a file is in it. */
export class MemoryFiles implements PromiseFsClient {
  readonly promises: PromiseFsClient['promises'];
  readonly #files = new Map<string, Buffer>();
  readonly #folders = new Set<string>(['/']);

  /** `accept` sees every file before it is kept, and throws if it must not be. */
  constructor(accept: (path: string, content: Buffer) => void) {
    this.promises = {
      readFile: later((path: string, options?: string | { encoding?: string }) => {
        const content = this.#read(path);
        const encoding = typeof options === 'string' ? options : options?.encoding;
        return encoding ? content.toString(encoding as BufferEncoding) : content;
      }),
      writeFile: later((path: string, content: Uint8Array | string) => {
        const bytes = Buffer.from(content as Uint8Array);
        accept(path, bytes);
        if (!this.#folders.has(posix.dirname(path))) throw failure('ENOENT', path);
        this.#files.set(path, bytes);
      }),
      unlink: later((path: string) => {
        if (!this.#files.delete(path)) throw failure('ENOENT', path);
      }),
      readdir: later((path: string) => this.#list(path)),
      mkdir: later((path: string) => {
        if (this.#folders.has(path)) throw failure('EEXIST', path);
        if (!this.#folders.has(posix.dirname(path))) throw failure('ENOENT', path);
        this.#folders.add(path);
      }),
      rmdir: later((path: string) => void this.#folders.delete(path)),
      stat: later((path: string) => this.#stat(path)),
      lstat: later((path: string) => this.#stat(path)),
      readlink: later((path: string): never => {
        throw failure('EINVAL', path);
      }),
      symlink: later((_target: string, path: string): never => {
        throw failure('EPERM', path);
      }),
    };
  }

  #read(path: string): Buffer {
    const content = this.#files.get(path);
    if (content) return content;
    throw failure(this.#folders.has(path) ? 'EISDIR' : 'ENOENT', path);
  }

  #list(folder: string): string[] {
    if (!this.#folders.has(folder)) throw failure('ENOENT', folder);
    const paths = [...this.#files.keys(), ...this.#folders];
    return paths.flatMap((path) =>
      path !== '/' && posix.dirname(path) === folder ? [posix.basename(path)] : [],
    );
  }

  #stat(path: string) {
    const isFolder = this.#folders.has(path);
    const size = isFolder ? 0 : this.#read(path).byteLength;
    return {
      ...{ type: isFolder ? 'dir' : 'file', mode: isFolder ? 0o40_755 : 0o100_644, size },
      ...{ ino: 0, mtimeMs: 0, ctimeMs: 0, uid: 0, gid: 0, dev: 0 },
      isFile: () => !isFolder,
      isDirectory: () => isFolder,
      isSymbolicLink: () => false,
    };
  }
}

function failure(code: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

/** The work as a call that answers with a promise. */
function later<A extends unknown[], R>(work: (...args: A) => R): (...args: A) => Promise<R> {
  return (...args) => new Promise((resolve) => resolve(work(...args)));
}
