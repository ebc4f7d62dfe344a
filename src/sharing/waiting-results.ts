import type { GrantSpec } from '../access/grants/grants.js';
import type { Waiting, WaitingOutcome } from '../access/grants/waiting-shares.js';
import type { PlannedChange } from '../access/plan/planned-change.js';
import type { SubjectKey } from '../access/subjects/subject-key.js';
import { formatPath } from '../policy/paths.js';
import type { TargetResult } from './target-result.js';

/** The result for a target for whom the share waits; undefined for all others. */
export function waitingOutcome(
  key: SubjectKey,
  waits: ReadonlyMap<string, WaitingOutcome>,
): TargetResult | 'too_many' | undefined {
  const outcome = key.kind === 'user' ? waits.get(key.name) : undefined;
  if (!outcome) return undefined;
  if (!outcome.waits_until) return 'too_many';
  const { name } = key;
  const day = outcome.waits_until.toISOString().slice(0, 10);
  const message = `${name} has not logged in yet; the share waits for ${name}'s first login, until ${day}.`;
  return { ...key, status: 'waiting', message };
}

/** What a plan shows of shares that would wait. */
export function plannedWaits(grant: GrantSpec, waits: ReadonlyMap<string, WaitingOutcome>): PlannedChange[] {
  const { path, permission, reason, grantedBy: granted_by, expiresAt } = grant;
  const after = shown({ ...path, permission, reason, granted_by, expires_at: expiresAt });
  return [...waits.values()].flatMap(({ grantee_name, waits_until, earlier }): PlannedChange[] => {
    const before = earlier && shown({ ...path, ...earlier, expires_at: dateOf(earlier.expires_at) });
    if (!waits_until || JSON.stringify(before) === JSON.stringify(after)) return [];
    const change = before ? 'change_waiting_share' : 'add_waiting_share';
    return [{ change, target: `user ${grantee_name}`, before, after }];
  });
}

/** What a plan shows of a share that would no longer wait. */
export function plannedEnd(waiting: Waiting): PlannedChange {
  const target = `user ${waiting.grantee_name}`;
  return { change: 'remove_waiting_share', target, before: shown(waiting), after: null };
}

type Shown = Pick<
  Waiting,
  'bucket' | 'prefix' | 'folder' | 'permission' | 'reason' | 'granted_by' | 'expires_at'
>;

function shown({ permission, granted_by, reason, expires_at, ...path }: Shown): Record<string, unknown> {
  return {
    path: formatPath(path),
    permission,
    granted_by,
    reason,
    expires_at: expires_at?.toISOString() ?? null,
  };
}

function dateOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
