import { createHash, randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Host, process and random digits. No project's name starts with a dot. */
const NAME = /^\.minio-manager-([0-9a-f]{8})-(\d+)-[0-9a-f]{12}$/;
const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
/** This host cannot tell whether a process on another machine is still working; every operation ends within a day. */
const FOREIGN_MAX_AGE_MS = 86_400_000;

const inUse = new Set<string>();

/**
 * Runs `work` with the path of a hidden folder in `parent`, which is removed afterwards if it still exists. The folder does not exist yet:
 * `work` creates it, or moves something to it. Leftovers of crashes are removed first.
 */
export async function withHiddenFolder<T>(parent: string, work: (path: string) => Promise<T>): Promise<T> {
  await clearAbandoned(parent);
  const name = `.minio-manager-${HOST}-${process.pid}-${randomBytes(6).toString('hex')}`;
  const path = join(parent, name);
  inUse.add(path);
  try {
    return await work(path);
  } finally {
    await remove(path);
    inUse.delete(path);
  }
}

/** Creates the folder with access for its owner only. */
export async function makePrivate(path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 });
}

async function clearAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const match = NAME.exec(name);
    const path = join(parent, name);
    if (match && (await isAbandoned(path, match[1] as string, Number(match[2])))) await remove(path);
  }
}

async function isAbandoned(path: string, host: string, pid: number): Promise<boolean> {
  if (inUse.has(path)) return false;
  if (host === HOST) return pid === process.pid || !isAlive(pid);
  const found = await lstat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > FOREIGN_MAX_AGE_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Follows no link: the link itself is removed, never its target. */
async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}
