import { lstat, mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from './atomic-file.js';
import { withHiddenFolder } from './hidden-folder.js';
import { ProjectError } from './project-error.js';
import { isThere, projectFolder, projectNameProblem } from './project-name.js';

/** How the project of a deleted data product is handled. */
export type RemovalPolicy = 'keep' | 'quarantine' | 'delete';

export interface Removal {
  /** The folder of all projects. */
  outputPath: string;
  name: string;
  policy: RemovalPolicy;
  /** Part of the folder's name in quarantine. */
  now: Date;
}

/** Hidden in project listings; no project's name starts with a dot. */
const QUARANTINE = '.deleted';

/**
 * Removes a project according to the policy: keeps it, moves it to `.deleted/{name}-{time}`, or deletes it permanently. Follows no link,
 * changes nothing else. Returns `absent` if repeated, and for a name that no project can have.
 */
export async function removeProject(
  removal: Removal,
): Promise<'absent' | 'kept' | 'quarantined' | 'deleted'> {
  const { outputPath, name, policy, now } = removal;
  if (projectNameProblem(name) !== undefined) return 'absent';
  const folder = await projectFolder(outputPath, name);
  if (!(await isThere(folder))) return 'absent';
  if (policy === 'keep') return 'kept';
  const moved = policy === 'quarantine' ? await quarantine(folder, name, now) : await remove(folder);
  if (!moved) return 'absent';
  return policy === 'quarantine' ? 'quarantined' : 'deleted';
}

async function quarantine(folder: string, name: string, now: Date): Promise<boolean> {
  const parent = join(dirname(folder), QUARANTINE);
  await mkdir(parent, { mode: 0o700 }).catch(ifThere);
  if (!(await lstat(parent)).isDirectory())
    throw new ProjectError('unsafe_path', `${QUARANTINE} is not a folder`);
  const target = await freeName(join(parent, `${name}-${now.toISOString().replace(/[-:.]/g, '')}`));
  const moved = await move(folder, target);
  if (moved) await syncFolder(parent);
  return moved;
}

/** The name is free at once; after a crash, the next operation in `outputPath` removes the hidden folder. */
async function remove(folder: string): Promise<boolean> {
  return withHiddenFolder(dirname(folder), (hidden) => move(folder, hidden));
}

/** False if another process moved it first. */
async function move(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function freeName(path: string): Promise<string> {
  let free = path;
  for (let count = 2; await isThere(free); count += 1) free = `${path}-${count}`;
  return free;
}

function ifThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
