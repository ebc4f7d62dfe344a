// What is installed once for this machine, outside the project. No dependencies, Node >= 18.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { takeLock } from '../install-lock.mjs';

/** A path among what is installed. @param {string[]} parts */
export function cachePath(...parts) {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'minio-manager', ...parts);
}

/**
 * A folder of what is installed, made once, by whichever process comes first. `name` changes with what is in it. `install` is given its path,
 * where nothing is yet, and makes all of it; should it fail, so does the caller, and the next one starts anew.
 * @param {string} name
 * @param {(folder: string) => Promise<void>} install
 * @returns {Promise<string>}
 */
export async function cachedFolder(name, install) {
  const folder = cachePath(name);
  mkdirSync(cachePath(), { recursive: true });
  const release = await takeLock(`${folder}.installing`, () => existsSync(join(folder, 'complete')));
  if (!release) return folder;
  try {
    // installed in place: a virtual environment cannot be moved; the mark says that it was installed to the end
    rmSync(folder, { recursive: true, force: true });
    await install(folder);
    mkdirSync(join(folder, 'new'));
    renameSync(join(folder, 'new'), join(folder, 'complete'));
    return folder;
  } finally {
    release();
  }
}
