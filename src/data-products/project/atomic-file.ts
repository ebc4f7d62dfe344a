import { constants } from 'node:fs';
import { type FileHandle, lstat, open, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makePrivate, withHiddenFolder } from './hidden-folder.js';
import { ProjectError } from './project-error.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** A small file of a project: its text and permission bits. */
export interface SmallFile {
  text: string;
  mode: number;
}

/**
 * Writes a file into a project's folder unless it exists with this text and mode. Readers see either the old or the new text, even after a
 * power failure. The file is written beside the project's folder and renamed, so a crash leaves nothing in the folder. Throws `unsafe_path`
 * if the folder or the file is a link, or not a folder or a regular file.
 */
export async function writeAtomically(
  folder: string,
  name: string,
  { text, mode }: SmallFile,
): Promise<'written' | 'unchanged'> {
  const present = await readSmallFile(folder, name);
  if (present?.text === text && present.mode === mode) return 'unchanged';
  await withHiddenFolder(dirname(folder), async (hidden) => {
    await makePrivate(hidden);
    const temporary = join(hidden, name);
    await writeNew(temporary, text, mode);
    await rename(temporary, join(folder, name));
    await syncFolder(folder);
  });
  return 'written';
}

/** Reads a file of a project without following a link. Throws `unsafe_path` as {@link writeAtomically} does. */
export async function readSmallFile(folder: string, name: string): Promise<SmallFile | undefined> {
  await checkFolder(folder);
  const handle = await openExisting(join(folder, name));
  if (handle === undefined) return undefined;
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw unsafe(name, 'a regular file');
    return { text: await handle.readFile('utf8'), mode: found.mode & 0o7777 };
  } finally {
    await handle.close();
  }
}

/** Writes a new file with exactly this mode and syncs it to disk. The file must not exist. */
export async function writeNew(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const handle = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  try {
    await handle.chmod(mode);
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes new directory entries survive a power failure. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function checkFolder(folder: string): Promise<void> {
  if (!(await lstat(folder)).isDirectory()) throw unsafe(basename(folder), 'a folder');
}

/** O_NONBLOCK: a pipe at this path must not block us. */
async function openExisting(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    // ELOOP: a link; ENXIO: a socket
    if (code === 'ELOOP' || code === 'ENXIO') throw unsafe(basename(path), 'a regular file');
    throw error;
  }
}

function unsafe(name: string, expected: string): ProjectError {
  return new ProjectError('unsafe_path', `${name} is a link, or not ${expected}`);
}
