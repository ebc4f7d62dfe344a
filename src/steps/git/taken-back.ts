import { Problem } from '../../common/problems/problem.js';
import type { Operation, RunContext } from '../../provisioning/kinds/kind.js';
import type { Repository } from '../../targets/git/answers.js';
import type { Forge } from '../../targets/git/forge.js';
import { isCommitOf, markOf, type RepositoryEntitlement } from './made-repository.js';

/** Removes or archives a repository that only the step has changed. If it stays, the operation says why. */
export async function takeBackRepository(
  forge: Forge,
  made: Operation,
  how: 'delete' | 'archive',
  context: RunContext,
): Promise<Operation> {
  const stays = await takeBack(forge, made.entitlement as unknown as RepositoryEntitlement, how, context);
  const removed = { ...made, action: 'remove' as const };
  if (stays !== undefined) return { ...removed, status: 'skipped', message: stays };
  return how === 'archive' ? { ...removed, message: 'it is archived' } : removed;
}

/** Why it stays; undefined: it is taken back. */
async function takeBack(
  forge: Forge,
  made: RepositoryEntitlement,
  how: 'delete' | 'archive',
  context: RunContext,
): Promise<string | undefined> {
  const found = await forge.repository(made.name);
  if (found === undefined) return 'it was not there';
  if (found === 'moved') return 'somebody has renamed it';
  if (!isThat(found, made)) return 'there is another one with its name';
  const before = await usedBy(forge, made, found);
  if (before !== undefined) return before;
  // nobody can push to an archived repository, so what is seen now stays so; `saved` tells that an attempt before has archived it
  const isOwnArchive = !found.archived || context.saved !== null;
  if (!found.archived) {
    await context.guard();
    await context.save({ operations: [] });
    await forge.change(made.name, { archived: true });
  }
  const after = await usedBy(forge, made, found);
  if (after !== undefined) {
    if (isOwnArchive) await forge.change(made.name, { archived: false });
    return after;
  }
  if (how === 'archive') return undefined;
  try {
    await forge.remove(made.name);
  } catch (error) {
    const isRefused = error instanceof Problem && error.status < 500;
    if (isRefused && isOwnArchive) await forge.change(made.name, { archived: false });
    throw error;
  }
  return undefined;
}

function isThat({ id, description }: Repository, { repository_id, made_by }: RepositoryEntitlement): boolean {
  return repository_id === undefined ? description === markOf(made_by) : repository_id === id;
}

/** What somebody else has done in it; undefined: nothing. */
async function usedBy(
  forge: Forge,
  made: RepositoryEntitlement,
  { forks_count, release_counter }: Repository,
): Promise<string | undefined> {
  const { name, branch, commit } = made;
  const refs = await forge.refs(name);
  const other = refs.find(({ ref }) => ref !== `refs/heads/${branch}`)?.ref;
  if (other?.startsWith('refs/pull/')) return 'it has pull requests';
  if (other !== undefined)
    return `it has ${other.replace('refs/heads/', 'the branch ').replace('refs/tags/', 'the tag ')}`;
  const [head] = refs;
  if (head && !(await isUntouched(forge, made))) return 'somebody has committed to it';
  if (!head && commit !== undefined) return 'somebody has removed its branch';
  if (await forge.hasIssues(name)) return 'it has issues';
  if (forks_count > 0) return 'it has forks';
  return release_counter > 0 ? 'it has releases' : undefined;
}

/** Whether the branch has the commit of the step and no other; a crash may have kept its id from being noted. */
async function isUntouched(
  forge: Forge,
  { name, branch, commit, made_by }: RepositoryEntitlement,
): Promise<boolean> {
  const [first, ...more] = await forge.commits(name, branch);
  if (!first || more.length > 0 || !first.isFirst) return false;
  return commit === undefined ? isCommitOf(first.message, made_by) : first.sha === commit;
}
