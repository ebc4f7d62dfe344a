import { MAX_GRANTS_OF_PAIR } from '../access/grants/grants.js';
import type { RemainingReason } from '../access/explain/judge.js';
import type { SubjectKey } from '../access/subjects/subject-key.js';
import type { TargetRefusal } from '../access/subjects/targets.js';
import { MissingThings, type Thing } from '../common/problems/missing-things.js';
import { Problem } from '../common/problems/problem.js';

/** The result for one target. */
export interface TargetResult {
  kind: SubjectKey['kind'];
  name: string;
  status: 'granted' | 'changed' | 'unchanged' | 'waiting' | 'revoked' | 'not_shared' | 'refused';
  code?: string;
  message?: string;
  still_reachable_through?: RemainingReason[];
}

/** Why a target is refused. */
export type Refusal = TargetRefusal | 'own_path' | 'too_many_grants';

/** Sentences of a problem's detail; the results have all of them. */
const MAX_SENTENCES = 5;

/** What people are told. A name that is not one is not repeated: it may be a secret pasted into the wrong field. */
const SENTENCES: Record<Refusal, (key: SubjectKey, what: 'share' | 'unshare') => string> = {
  unknown_user: ({ name }, what) =>
    what === 'share'
      ? `${name} has not logged in yet; with await_login, the share waits for ${name}'s first login.`
      : `There is no user ${name} here, so nothing is shared with ${name}.`,
  unknown_group: () => 'There is no group of this name that you can see; upper and lower case count.',
  invalid_name: ({ kind }) =>
    kind === 'group'
      ? 'No group can have this name: names have 2 to 63 letters, digits, _ and -, and some are reserved.'
      : 'No user can have this name: names are in lower case, and some are reserved.',
  own_path: ({ name }) => `${name} owns this path and needs no share of it.`,
  too_many_grants: ({ name }) =>
    `${name} has ${MAX_GRANTS_OF_PAIR} shares from this owner already, which is the most there can be.`,
};

/** The result for a target that gets nothing, or loses nothing. */
export function refused(key: SubjectKey, code: Refusal, what: 'share' | 'unshare'): TargetResult {
  return { ...key, status: 'refused', code, message: SENTENCES[code](key, what) };
}

/** Throws `all_refused` if every target was refused. Nothing changes then, and a dry run throws it too. */
export function requireSome(results: readonly TargetResult[]): void {
  if (results.length === 0 || results.some(({ status }) => status !== 'refused')) return;
  const sentences = [...new Set(results.flatMap(({ message }) => message ?? []))];
  const more = sentences.length - MAX_SENTENCES;
  const detail = [...sentences.slice(0, MAX_SENTENCES), ...(more > 0 ? [`And ${more} more.`] : [])].join(' ');
  const problem = new Problem('all_refused', detail, { results });
  throw new MissingThings(problem, results.flatMap(unknownThing), 'any');
}

/** The user or group, if the target was refused because it is not there. */
function unknownThing({ kind, name, code }: TargetResult): Thing[] {
  if (code !== 'unknown_user' && code !== 'unknown_group') return [];
  return kind === 'user' || kind === 'group' ? [{ kind, name }] : [];
}

/** The targets and their results, as the audit log records them. */
export function brief(results: readonly TargetResult[]): string[] {
  // an invalid name may be a secret pasted into the wrong field; do not record it
  return results.map(({ kind, name, status, code }) =>
    code === 'invalid_name' ? `${kind}: ${status}` : `${kind} ${name}: ${status}`,
  );
}
