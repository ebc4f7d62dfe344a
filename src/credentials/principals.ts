import { Injectable } from '@nestjs/common';
import type { RequestActor } from '../auth/authenticated.js';
import { Enforcer } from '../access/enforcer.js';
import type { Lease } from '../access/leases.js';
import { isDisabledByHand } from '../access/plan.js';
import { isInSync, type SubjectKey, SubjectsStore } from '../access/subjects.store.js';
import { Problem } from '../common/problem.js';
import type { SubjectRow } from '../database/schema.js';
import { principalOf } from '../policy/names.js';
import { newSalt } from '../secrets/derivation.js';
import { KeyRing } from '../secrets/key-ring.js';

/** What a credential call wants of the user beside its being there. */
export interface Wish {
  rotate: boolean;
  revokeSessions: boolean;
  revokeAccessKeys: boolean;
}

/** The user as MinIO now has it, and what this call did. */
export interface Ready {
  row: SubjectRow;
  /** The MinIO user was made by this call. */
  created: boolean;
  /** The pair is not the one from before this call. */
  rotated: boolean;
}

const AS_IT_IS: Wish = { rotate: false, revokeSessions: false, revokeAccessKeys: false };
/** An answer of the database in this time says when a rotation was, precisely enough; a rotation itself takes longer. */
const PRECISE_MS = 2;

/** Sees to it that a user exists in MinIO and is as the database says, with one writer a user. */
@Injectable()
export class Principals {
  constructor(
    private readonly subjects: SubjectsStore,
    private readonly enforcer: Enforcer,
    private readonly keys: KeyRing,
  ) {}

  /** Creates the user at its first use, rotates or revokes as wished. A user in sync and no wish: one read, nothing of MinIO. */
  async ensure(userName: string, actor: RequestActor, wish: Wish = AS_IT_IS): Promise<Ready> {
    const key: SubjectKey = { kind: 'user', name: userName };
    if (!wish.rotate && !wish.revokeSessions && !wish.revokeAccessKeys) {
      const row = await this.subjects.find(key);
      if (row) refuseUnlessActive(row);
      if (row && isInSync(row) && this.keys.has(row.secret_key_id)) return { row, created: false, rotated: false };
    }
    return this.enforcer.exclusive(key, actor.arrivedAt, async (lease) => {
      const found = await this.findTimed(key, actor.arrivedAt);
      return found ? this.update(lease, found, wish, actor) : this.create(lease, key, actor);
    });
  }

  /** MinIO refused the pair of a user in sync: finds out why and puts right what is ours to put right. */
  async repair(row: SubjectRow, actor: RequestActor): Promise<void> {
    const key: SubjectKey = { kind: row.kind, name: row.name };
    await this.enforcer.exclusive(key, actor.arrivedAt, async (lease) => {
      const now = await this.subjects.find(key);
      // rotated, removed or disabled meanwhile: the caller looks again
      if (!now || now.id !== row.id || now.generation !== row.generation || now.status !== 'active') return;
      const observed = await this.enforcer.observe(key);
      if (isDisabledByHand(now, observed)) throw disabled();
      await this.enforcer.enforce(lease, now, observed, false);
    });
  }

  private async create(lease: Lease, key: SubjectKey, actor: RequestActor): Promise<Ready> {
    const observed = await this.enforcer.observe(key);
    if (observed.user && !observed.document) {
      throw new Problem('user_not_adopted', 'MinIO has a user of this name; an administrator may adopt it');
    }
    if (observed.user?.status === 'disabled') throw disabled();
    const input = { ...key, principal: principalOf(key.name), salt: newSalt(), keyId: this.keys.currentId };
    const row = await this.subjects.create(input, actor, 'user.created');
    if (!row) throw new Problem('busy', 'The user is being created', { retryAfterSeconds: 1 });
    await this.enforcer.enforce(lease, row, observed);
    return { row, created: observed.user === null, rotated: observed.user !== null };
  }

  private async update(lease: Lease, found: TimedRow, wish: Wish, actor: RequestActor): Promise<Ready> {
    let row: SubjectRow = found;
    refuseUnlessActive(row);
    const pending = row.secret_generation > row.applied_secret_generation;
    const rotate = !this.keys.has(row.secret_key_id) || (wish.rotate && !pending && !found.rotatedSince);
    const rotated = rotate || (row.secret_generation > 1 && (pending || (wish.rotate && found.rotatedSince)));
    const revoke = wish.revokeSessions || wish.revokeAccessKeys;
    if (!rotate && !revoke && isInSync(row)) return { row, created: false, rotated };
    const observed = await this.enforcer.observe(row);
    if (isDisabledByHand(row, observed)) throw disabled();
    if (rotate || revoke) row = await this.commit(row, rotate, wish, actor);
    await this.enforcer.enforce(lease, row, observed);
    return { row, created: false, rotated };
  }

  private async commit(row: SubjectRow, rotate: boolean, wish: Wish, actor: RequestActor): Promise<SubjectRow> {
    const change = {
      secret: rotate ? { salt: newSalt(), keyId: this.keys.currentId } : undefined,
      endSessions: wish.revokeSessions,
      endAccessKeys: wish.revokeAccessKeys,
    };
    const detail = { rotated: rotate, revoke_sessions: wish.revokeSessions, revoke_access_keys: wish.revokeAccessKeys };
    const entry = { action: rotate ? 'credentials.rotated' : 'credentials.revoked', detail };
    const changed = await this.subjects.change(row, change, ['active'], actor, entry);
    if (!changed) throw new Problem('busy', 'The user is being changed', { retryAfterSeconds: 1 });
    return changed;
  }

  /**
   * The row, and whether its secret was replaced since the request arrived: then the pair is new for this request too, and replacing it
   * again would break the answer that another request is getting. Ages are compared, each by its own clock: no clock is shared.
   */
  private async findTimed(key: SubjectKey, arrivedAt: number): Promise<TimedRow | undefined> {
    for (let attempt = 1; ; attempt++) {
      const asked = performance.now();
      const row = await this.subjects.findWithAge(key);
      const answered = performance.now();
      if (answered - asked > PRECISE_MS && attempt < 5) continue;
      return row && { ...row, rotatedSince: row.rotated_ms_ago < answered - arrivedAt };
    }
  }
}

type TimedRow = SubjectRow & { rotatedSince: boolean };

/** Throws the problem that keeps a user from getting credentials. */
export function refuseUnlessActive(row: SubjectRow): void {
  if (row.status === 'disabled') throw disabled();
  if (row.status === 'removing') throw new Problem('user_being_removed', 'The removal of this user is not finished yet');
}

function disabled(): Problem {
  return new Problem('user_disabled', 'The user is disabled; an administrator may enable it');
}
