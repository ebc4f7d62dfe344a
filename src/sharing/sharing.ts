import { Injectable } from '@nestjs/common';
import { Grants, type GrantSpec } from '../access/grants/grants.js';
import { EffectiveAccess } from '../access/grants/effective-access.js';
import { WaitingShares } from '../access/grants/waiting-shares.js';
import { type Target, Targets } from '../access/subjects/targets.js';
import type { Mutation } from '../access/changes/writer.js';
import { Subjects, type ChangedSubject } from '../access/subjects/subjects.js';
import { refuseUnlessActive } from '../auth/people/user-status.js';
import type { SubjectKey } from '../access/subjects/subject-key.js';
import type { RequestContext } from '../auth/authenticated.js';
import { MissingThings } from '../common/problems/missing-things.js';
import { brokenRule, noSuch, Problem } from '../common/problems/problem.js';
import type { SubjectRow } from '../database/schema.js';
import { formatPath, type LakePath } from '../policy/paths.js';
import { brief, refused, requireSome, type TargetResult } from './target-result.js';
import { plannedEnd, plannedWaits, waitingOutcome } from './waiting-results.js';

/** A parsed and validated share. */
export interface ShareSpec {
  path: LakePath;
  permission: 'read' | 'write';
  expiresAt: Date | null;
  reason: string | null;
  with: SubjectKey[];
  /** Users who are not there get it when they log in for the first time. */
  awaitLogin?: boolean;
}

/** The share to end; empty `from` means everyone. */
export interface UnshareSpec {
  path: LakePath;
  from: SubjectKey[];
  /** The path lies in no home of the owner: a share there is from before HOME_PREFIXES changed. */
  isOutside?: boolean;
}

/** Shares paths below a home with users and groups. */
@Injectable()
export class Sharing {
  constructor(
    private readonly subjects: Subjects,
    private readonly grants: Grants,
    private readonly waiting: WaitingShares,
    private readonly targets: Targets,
    private readonly reach: EffectiveAccess,
  ) {}

  /**
   * Gives each target access to the path. A target that cannot get access is refused; the others still get it. Throws `all_refused` with the
   * result for each target if none can. With `awaitLogin`, the share waits for users who are not there.
   */
  share(owner: string, spec: ShareSpec, context: RequestContext): Mutation<TargetResult[]> {
    const { path, permission, awaitLogin = false } = spec;
    const grant: GrantSpec = { ...spec, origin: 'share', grantedBy: context.name };
    return async (trx) => {
      const ownerKey: SubjectKey = { kind: 'user', name: owner };
      if (awaitLogin) await this.waiting.hold(userNames(spec.with), trx);
      const { targets, also } = await this.targets.lock(spec.with, trx, [ownerKey]);
      const ownerRow = requireOwner(owner, also[0], 'giving');
      const grantees = targets.flatMap(({ row }) => (row && row.id !== ownerRow.id ? [row] : []));
      const wanted = grantees.map((grantee) => ({ grantee, owner: ownerRow, spec: grant }));
      const given = await this.grants.grantAll(wanted, trx);
      const byId = new Map(grantees.map(({ id }, index) => [id, given[index]]));
      const waits = await this.waiting.record(awaitLogin ? missing(targets) : [], ownerRow, grant, trx);
      const results = targets.map(({ key, row, refusal }): TargetResult => {
        const outcome = row ? byId.get(row.id)?.outcome : waitingOutcome(key, waits);
        if (!outcome) return refused(key, refusal ?? 'own_path', 'share');
        if (outcome === 'too_many') return refused(key, 'too_many_grants', 'share');
        return typeof outcome === 'string' ? { ...key, status: outcome } : outcome;
      });
      requireSome(results);
      const affected = [...byId].flatMap(([id, each]): ChangedSubject[] =>
        each?.outcome === 'granted' || each?.outcome === 'changed'
          ? [{ id, revoking: each.narrowed, onlyGrants: true }]
          : [],
      );
      const detail = { path: formatPath(path), permission, targets: brief(results) };
      const by = { key: ownerKey, actor: context, event: { action: 'path.shared', detail } };
      return {
        value: results,
        affected: await this.subjects.markChanged(affected, by, trx, results.some(isWaiting)),
        waiting: plannedWaits(grant, waits),
      };
    };
  }

  /** Takes exactly this path from the targets, or from everyone it is shared with. */
  unshare(
    owner: string,
    { path, from, isOutside }: UnshareSpec,
    context: RequestContext,
  ): Mutation<TargetResult[]> {
    return async (trx) => {
      const ownerKey: SubjectKey = { kind: 'user', name: owner };
      const shared = from.length === 0 || isOutside ? await this.grants.sharedWith(owner, path, trx) : [];
      if (isOutside && shared.length === 0) throw notInHome();
      const keys = from.length > 0 ? from : shared;
      const { targets, also } = await this.targets.lock(keys, trx, [ownerKey]);
      const ownerRow = requireOwner(owner, also[0], 'taking');
      const rows = targets.flatMap(({ row }) => row ?? []);
      const names = from.length > 0 ? missing(targets) : undefined;
      const { taken, waited } = await this.grants.revoke(rows, ownerRow, { path, names }, trx);
      const reasons = await this.reach.reasonsOf(rows, path, trx);
      const ended = new Set(waited.map(({ grantee_name }) => grantee_name));
      const results = targets.flatMap(({ key, row, refusal }): TargetResult[] => {
        if (key.kind === 'user' && ended.delete(key.name)) return [{ ...key, status: 'revoked' }];
        // not named in the request: its grant has just been removed with it
        if (!row) return from.length > 0 && refusal ? [refused(key, refusal, 'unshare')] : [];
        const left = reasons.get(row.id) ?? [];
        const status = taken.has(row.id) ? 'revoked' : 'not_shared';
        return [{ ...key, status, ...(left.length > 0 ? { still_reachable_through: left } : {}) }];
      });
      results.push(...[...ended].sort().map((name) => ({ kind: 'user', name, status: 'revoked' }) as const));
      const affected = [...taken].map((id): ChangedSubject => ({ id, revoking: true, onlyGrants: true }));
      requireSome(results);
      const event = { action: 'path.unshared', detail: { path: formatPath(path), targets: brief(results) } };
      const by = { key: ownerKey, actor: context, event };
      return {
        value: results,
        affected: await this.subjects.markChanged(affected, by, trx, waited.length > 0),
        waiting: waited.map(plannedEnd),
      };
    };
  }
}

/** The refusal of a path outside the homes of the user. */
export function notInHome(): Problem {
  return brokenRule('path', 'must lie at least one segment below the home of the user');
}

/** A disabled owner cannot share; existing shares can still be ended. */
function requireOwner(name: string, row: SubjectRow | undefined, what: 'giving' | 'taking'): SubjectRow {
  if (!row) throw new MissingThings(noSuch('user'), [{ kind: 'user', name }]);
  if (what === 'giving' || row.status !== 'disabled') refuseUnlessActive(row);
  return row;
}

function userNames(keys: readonly SubjectKey[]): string[] {
  return keys.filter(({ kind }) => kind === 'user').map(({ name }) => name);
}

/** The names of users who are not there. */
function missing(targets: readonly Target[]): string[] {
  return userNames(targets.filter(({ refusal }) => refusal === 'unknown_user').map(({ key }) => key));
}

function isWaiting({ status }: TargetResult): boolean {
  return status === 'waiting';
}
