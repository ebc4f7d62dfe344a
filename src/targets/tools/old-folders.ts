import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Removes what is in a folder and was not changed for so long, in milliseconds. */
export async function removeOld(folder: string, ageMs: number): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  for (const name of names) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > ageMs) await rm(path, { recursive: true, force: true });
  }
}
