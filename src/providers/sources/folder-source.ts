import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Files } from '../../documents/model.js';
import { CollectedFiles, MAX_FILES } from './collected-files.js';
import { SourceError, wrongFile } from './source-error.js';

/** A file of one of these names makes a folder a provider. */
export const MANIFESTS = ['provider.yaml', 'provider.yml', 'platform.yaml', 'platform.yml'];

/** The names of the direct subfolders that are providers, sorted. None if the folder does not exist. */
export async function providerFolders(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(ignoreMissing);
  const folders = entries.filter((entry) => entry.isDirectory() && !CollectedFiles.isLeftOut(entry.name));
  const found = await Promise.all(
    folders.map(async ({ name }) => {
      const names = await readdir(join(dir, name));
      return names.some((each) => MANIFESTS.includes(each)) ? [name] : [];
    }),
  );
  return found.flat().sort();
}

/** Reads a provider's folder, which must contain nothing but regular files and folders. Throws {@link SourceError}. */
export async function readFolder(dir: string): Promise<Files> {
  const files = new CollectedFiles();
  try {
    await readInto(files, dir, '');
  } catch (error) {
    if (error instanceof SourceError) throw error;
    throw new SourceError(
      `The folder cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
    );
  }
  return files.all();
}

async function readInto(files: CollectedFiles, root: string, folder: string): Promise<void> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  if (entries.length > MAX_FILES)
    throw wrongFile(folder === '' ? '/' : folder, `has more than ${MAX_FILES} files`);
  for (const { name } of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (CollectedFiles.isLeftOut(name)) continue;
    const path = folder === '' ? name : `${folder}/${name}`;
    const info = await lstat(join(root, path));
    if (info.isDirectory()) {
      CollectedFiles.requireDepth(path);
      await readInto(files, root, path);
    } else if (info.isFile()) files.add(path, await contentOf(root, path));
    else throw wrongFile(path, info.isSymbolicLink() ? 'is a symbolic link' : 'is not a regular file');
  }
}

/** The file itself is checked once it is open: another one may have taken its name. */
async function contentOf(root: string, path: string): Promise<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    file = await open(join(root, path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const info = await file.stat();
    if (!info.isFile()) throw wrongFile(path, 'is not a regular file');
    CollectedFiles.requireSize(path, info.size);
    return await file.readFile();
  } finally {
    await file?.close();
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): never[] {
  if (error.code === 'ENOENT') return [];
  throw new SourceError(`PROVIDERS_DIR cannot be read (${error.code ?? 'unknown'})`);
}
