import { lstat, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { ProjectError } from './project-error.js';

/** What a portal accepts as a namespace (it also lets a final newline, `.` and `..` pass: those are refused here). */
const NAMESPACE = /^[a-z0-9+=,.@_-]{1,64}$/;

/** Says why a namespace cannot be a prefix of the bucket, or nothing if it can. */
export function namespaceProblem(text: string): string | undefined {
  if (!NAMESPACE.test(text)) return '1 to 64 characters of a-z 0-9 + = , . @ _ -';
  if (text === '.' || text === '..') return 'not . or ..';
  return undefined;
}

const MAX_LENGTH = 64;
const FIRST_SUFFIX = 6;

/**
 * Prefixes for a product of that namespace, in the order of preference: the namespace, then with more and more of the digits that are the
 * product's own behind it. Each is no longer than a namespace may be.
 */
export function* prefixCandidates(namespace: string, digits: string): Generator<string> {
  yield namespace;
  for (let length = FIRST_SUFFIX; length <= digits.length; length += 1)
    yield `${namespace.slice(0, MAX_LENGTH - 1 - length)}-${digits.slice(-length)}`;
}

/**
 * Says why a namespace cannot also be the name of a project's folder, or nothing if it can. A leading dot is for hidden folders of
 * this service, a leading hyphen is an option to every command that is given the folder.
 */
export function projectNameProblem(name: string): string | undefined {
  const problem = namespaceProblem(name);
  if (problem !== undefined) return problem;
  return /^[.-]/.test(name) ? 'the first character is not . or -' : undefined;
}

/** The folder of a project directly below the real `outputPath`. Throws `invalid_name`, or ENOENT if there is no `outputPath`. */
export async function projectFolder(outputPath: string, name: string): Promise<string> {
  const problem = projectNameProblem(name);
  if (problem !== undefined) throw new ProjectError('invalid_name', `the name of a project: ${problem}`);
  return join(await realpath(outputPath), name);
}

/** Whether anything has this path, also a link that leads nowhere. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
