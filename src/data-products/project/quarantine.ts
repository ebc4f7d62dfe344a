import { lstat, mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from './atomic-file.js';
import { withHiddenFolder } from './hidden-folder.js';
import { ProjectError } from './project-error.js';
import { isThere, projectFolder, projectNameProblem } from './project-name.js';

/** What becomes of a project whose data product is deleted. */
export type RemovalPolicy = 'keep' | 'quarantine' | 'delete';

export interface Removal {
  /** The folder of all projects. */
  outputPath: string;
  name: string;
  policy: RemovalPolicy;
  /** Names the folder in quarantine. */
  now: Date;
}

/** Hidden from whoever lists projects; no project's name starts with a dot. */
const QUARANTINE = '.deleted';

/**
 * Takes a project away by its policy: nothing, to `.deleted/{name}-{time}`, or for good. Follows no link, touches nothing else. Repeated,
 * it is `absent`; so is a name that no project can have.
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

/** Gone under its name at once; a crash leaves a hidden folder that the next work in `outputPath` clears. */
async function remove(folder: string): Promise<boolean> {
  return withHiddenFolder(dirname(folder), (hidden) => move(folder, hidden));
}

/** False when somebody else was faster. */
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
