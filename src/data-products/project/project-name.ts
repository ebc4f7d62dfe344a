import { lstat, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { ProjectError } from './project-error.js';

/** Namespaces that a portal accepts. (It also accepts a final newline, `.` and `..`, which are refused here.) */
const NAMESPACE = /^[a-z0-9+=,.@_-]{1,64}$/;

/** The reason why a namespace cannot be a prefix of the bucket; undefined if it can. */
export function namespaceProblem(text: string): string | undefined {
  if (!NAMESPACE.test(text)) return '1 to 64 characters of a-z 0-9 + = , . @ _ -';
  if (text === '.' || text === '..') return 'not . or ..';
  return undefined;
}

const MAX_LENGTH = 64;
const FIRST_SUFFIX = 6;

/**
 * Possible prefixes for a product with this namespace, in order of preference: the namespace, then the namespace with an increasing number
 * of the product's own digits as a suffix. None is longer than a namespace can be.
 */
export function* prefixCandidates(namespace: string, digits: string): Generator<string> {
  yield namespace;
  for (let length = FIRST_SUFFIX; length <= digits.length; length += 1)
    yield `${namespace.slice(0, MAX_LENGTH - 1 - length)}-${digits.slice(-length)}`;
}

/**
 * The reason why a namespace cannot also be the name of a project's folder; undefined if it can. A leading dot marks hidden folders of this
 * service; commands would read a leading hyphen as an option.
 */
export function projectNameProblem(name: string): string | undefined {
  const problem = namespaceProblem(name);
  if (problem !== undefined) return problem;
  return /^[.-]/.test(name) ? 'the first character is not . or -' : undefined;
}

/** The folder of a project directly below the real `outputPath`. Throws `invalid_name`, or ENOENT if `outputPath` does not exist. */
export async function projectFolder(outputPath: string, name: string): Promise<string> {
  const problem = projectNameProblem(name);
  if (problem !== undefined) throw new ProjectError('invalid_name', `the name of a project: ${problem}`);
  return join(await realpath(outputPath), name);
}

/** Whether anything exists at this path, including a broken link. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
