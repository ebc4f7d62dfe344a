import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../auth/authenticated.js';
import type { Mutation } from '../access/changes/writer.js';
import { Enforcer } from '../access/enforce/enforcer.js';
import type { SubjectLease } from '../access/leases/leases.js';
import type { ObservedUser } from '../access/plan/observe.js';
import { isDisabledByHand } from '../access/plan/plan.js';
import { notOurs } from '../access/plan/proven-plan.js';
import type { SubjectKey } from '../access/subjects/subject-key.js';
import { Subjects, type TimedRow } from '../access/subjects/subjects.js';
import { hasPair, isUnwritten, isInSync } from '../access/subjects/subject-state.js';
import { refuseUnlessActive, userDisabled } from '../auth/people/user-status.js';
import { Problem } from '../common/problems/problem.js';
import { Deletions } from '../deletions/deletions.js';
import type { SubjectRow } from '../database/schema.js';
import { KeyRing } from '../secrets/key-ring.js';
import { Standing } from './standing.js';

/** What a credential call requires besides the user's existence. */
export interface PairSpec {
  rotate: boolean;
  revokeSessions: boolean;
  revokeAccessKeys: boolean;
}

/** The user as MinIO now has it, and what this call did. */
export interface Ready {
  row: SubjectRow;
  /** This call created the MinIO user. */
  created: boolean;
  /** The pair differs from the one before this call. */
  rotated: boolean;
  /** The state of the user in MinIO as this call read it; absent if it did not. Differences are already repaired. */
  observed?: ObservedUser;
  /** A person's first MinIO user is in the MinIO groups of its groups; absent for all others. */
  inGroups?: boolean;
}

const AS_IT_IS: PairSpec = { rotate: false, revokeSessions: false, revokeAccessKeys: false };

/** Ensures that a user exists in MinIO and matches the database, with one writer for each user. */
@Injectable()
export class Principals {
  constructor(
    private readonly subjects: Subjects,
    private readonly enforcer: Enforcer,
    private readonly keys: KeyRing,
    private readonly deletions: Deletions,
    private readonly standing: Standing,
  ) {}

  /**
   * Creates the user at first use. If its pair is in force: one read, no call to MinIO, and no wait for those who change the user's access.
   */
  async ensure(userName: string, context: RequestContext): Promise<Ready> {
    const row = await this.subjects.find({ kind: 'user', name: userName });
    return this.ready(row) ?? this.make(userName, context, AS_IT_IS, row === undefined);
  }

  /** The same for what needs no secret: an adopted user keeps the one that it has. */
  async ensureUser(userName: string, context: RequestContext): Promise<void> {
    const row = await this.subjects.find({ kind: 'user', name: userName });
    if (row?.foreign_secret && !isUnwritten(row)) refuseUnlessActive(row);
    else if (!this.ready(row)) await this.make(userName, context, AS_IT_IS, row === undefined);
  }

  /** The result that a freshly read row gives without any wait. Undefined if its pair is not in force or the user does not exist. */
  ready(row: SubjectRow | undefined): Ready | undefined {
    if (!row) return undefined;
    refuseUnlessActive(row);
    return hasPair(row, this.keys) ? { row, created: false, rotated: false } : undefined;
  }

  /** The same under the user's lease: creates the user, rotates or revokes as requested. `isNew`: there was no such user a moment ago. */
  async make(
    userName: string,
    context: RequestContext,
    spec: PairSpec = AS_IT_IS,
    isNew = false,
  ): Promise<Ready> {
    const key: SubjectKey = { kind: 'user', name: userName };
    const work = async (lease: SubjectLease, observe: () => Promise<ObservedUser>): Promise<Ready> => {
      const [found, observed] = await Promise.all([this.findOrFree(lease, key, context), observe()]);
      return found && !isUnwritten(found)
        ? this.update(lease, { found, observed }, spec, context)
        : this.create(lease, key, { found, observed }, spec, context);
    };
    const ready = await this.enforcer.exclusiveObserved(key, context.arrivedAt, work, !isNew);
    // groups may have a member who had nothing in MinIO until now: its first credentials must reach what they reach
    return isUnwritten(ready.row) ? { ...ready, inGroups: await this.standing.join(ready.row) } : ready;
  }

  /** The user; if MinIO has none of this service, the name must be free. */
  private async findOrFree(
    { takenOver, found }: SubjectLease,
    key: SubjectKey,
    { arrivedAt }: RequestContext,
  ): Promise<TimedRow | undefined> {
    const row = await this.subjects.timed(key, arrivedAt, takenOver ? undefined : found);
    if (!row || isUnwritten(row)) await this.deletions.refuseWhileOpen(key.name);
    return row;
  }

  /**
   * The creation of the user as a mutation, for plans; nothing if it exists. The creation itself is {@link make}, under the lease. Throws what
   * that would throw.
   */
  async creation(userName: string, context: RequestContext): Promise<Mutation<undefined>> {
    const key: SubjectKey = { kind: 'user', name: userName };
    const now = await this.subjects.find(key);
    if (!now || isUnwritten(now)) {
      await this.deletions.refuseWhileOpen(userName);
      requireFree(key, await this.enforcer.observe(key));
    }
    return async (trx) => {
      const found = await this.subjects.find(key, trx);
      if (found) refuseUnlessActive(found);
      const row = found ?? (await this.subjects.create(key, 'active', context, 'user.created', { trx }));
      return { value: undefined, affected: found && !isUnwritten(found) ? [] : [row] };
    };
  }

  /** Called when MinIO refuses the pair of a user in sync. Finds the cause and repairs what this service manages. */
  async repair(row: SubjectRow, context: RequestContext): Promise<void> {
    const key: SubjectKey = { kind: row.kind, name: row.name };
    await this.enforcer.exclusive(key, context.arrivedAt, async (lease) => {
      const now = await this.subjects.find(key);
      // rotated, removed or disabled meanwhile: the caller reads it again
      if (!now || now.id !== row.id || now.generation !== row.generation || now.status !== 'active') return;
      const observed = await this.enforcer.observe(key);
      if (isDisabledByHand(now, observed)) throw userDisabled();
      await this.enforcer.enforce(lease, now, { observed, certain: false, last: true });
    });
  }

  private async create(
    lease: SubjectLease,
    key: SubjectKey,
    { found, observed }: { found: TimedRow | undefined; observed: ObservedUser },
    spec: PairSpec,
    context: RequestContext,
  ): Promise<Ready> {
    if (found) refuseUnlessActive(found);
    requireFree(key, observed);
    if (found && observed.user) return this.update(lease, { found, observed }, spec, context);
    const row = found ?? (await this.subjects.create(key, 'active', context, 'user.created'));
    refuseUnlessActive(row);
    await this.enforcer.enforce(lease, row, { observed, last: true });
    return { row, created: observed.user === null, rotated: observed.user !== null, observed };
  }

  private async update(
    lease: SubjectLease,
    { found, observed }: { found: TimedRow; observed: ObservedUser },
    spec: PairSpec,
    context: RequestContext,
  ): Promise<Ready> {
    let row: SubjectRow = found;
    refuseUnlessActive(row);
    const pending = row.secret_generation > row.applied_secret_generation;
    // the first login of an adopted user: its secret is not known here
    const isUnknown = row.foreign_secret || !this.keys.has(row.secret_key_id);
    const rotate = isUnknown || (spec.rotate && !pending && !found.rotatedSince);
    const rotated = rotate || (row.secret_generation > 1 && (pending || (spec.rotate && found.rotatedSince)));
    const revoke = spec.revokeSessions || spec.revokeAccessKeys;
    const inForce = !rotate && !revoke && isInSync(row);
    if (inForce && (await this.enforcer.holds(row, observed)))
      return { row, created: false, rotated, observed };
    if (isDisabledByHand(row, observed)) throw userDisabled();
    if (rotate || revoke) row = await this.commit(row, rotate, spec, context);
    await this.enforcer.enforce(lease, row, { observed, last: true });
    return { row, created: false, rotated, observed };
  }

  private async commit(
    row: SubjectRow,
    rotate: boolean,
    spec: PairSpec,
    context: RequestContext,
  ): Promise<SubjectRow> {
    const change = { rotate, endSessions: spec.revokeSessions, endAccessKeys: spec.revokeAccessKeys };
    const detail = {
      rotated: rotate,
      revoke_sessions: spec.revokeSessions,
      revoke_access_keys: spec.revokeAccessKeys,
    };
    const event = { actor: context, action: rotate ? 'credentials.rotated' : 'credentials.revoked', detail };
    const changed = await this.subjects.change(row, change, ['active'], event);
    if (!changed) {
      const now = await this.subjects.find(row);
      if (now) refuseUnlessActive(now);
      throw new Problem('busy', 'The user is being changed', { retryAfterSeconds: 1 });
    }
    return changed;
  }
}

/** Throws for a MinIO user that a new user cannot become: somebody else's, or one that was disabled. */
function requireFree(key: SubjectKey, { user, document }: ObservedUser): void {
  if (user && !document) throw notOurs(key);
  if (user?.status === 'disabled') throw userDisabled();
}
