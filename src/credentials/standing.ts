import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { type Membership, Memberships } from '../access/memberships/memberships.js';
import { Enforcer } from '../access/enforce/enforcer.js';
import type { ObservedUser } from '../access/plan/observe.js';
import { groupsMissing } from '../access/enforce/whole.js';
import { isInSync } from '../access/subjects/subjects.js';
import { Problem } from '../common/problems/problem.js';
import type { SubjectRow } from '../database/schema.js';

/** How long a look counts, in milliseconds. */
const LOOK_MS = 5000;
/** Users whose look is remembered. */
const MAX_KEPT = 10_000;

/** Whether MinIO gives a user what the database says: looked at rarely, and mended, by what calls MinIO anyway. */
@Injectable()
export class Standing {
  readonly #seen = new LRUCache<string, true>({ max: MAX_KEPT, ttl: LOOK_MS });
  readonly #looks = new Map<string, Promise<void>>();

  constructor(
    private readonly enforcer: Enforcer,
    private readonly memberships: Memberships,
  ) {}

  /** Whether the user was found right as it is now, within seconds. */
  isKnown(row: SubjectRow): boolean {
    return this.#seen.has(keyOf(row));
  }

  /** Looks once within seconds, however many ask, and mends what is ours. What cannot be looked at is not known afterwards. */
  async see(row: SubjectRow): Promise<void> {
    const key = keyOf(row);
    if (this.#seen.has(key)) return;
    const look = this.#looks.get(key) ?? this.look(row).finally(() => this.#looks.delete(key));
    this.#looks.set(key, look);
    await look;
  }

  /**
   * What was read of the user is right, or was put right: now its groups. False: not all of it is, and the worker goes on with it. The user
   * may just have been made, then it is in none yet.
   */
  async seen(row: SubjectRow, observed: ObservedUser, memberships: readonly Membership[]): Promise<boolean> {
    const since = performance.now();
    const mended = await Promise.all(
      groupsMissing(memberships, observed).map((name) =>
        this.enforcer.repair({ kind: 'group', name }, since),
      ),
    );
    if (!mended.every(Boolean)) return false;
    this.#seen.set(keyOf(row), true);
    return true;
  }

  private async look(row: SubjectRow): Promise<void> {
    const key = { kind: row.kind, name: row.name };
    // what is pending is about to be enforced, and seen then
    if (!isInSync(row)) return;
    try {
      const [observed, memberships] = await Promise.all([
        this.enforcer.observe(key),
        this.memberships.groupsOf(row.id),
      ]);
      if (await this.enforcer.holds(row, observed)) {
        await this.seen(row, observed, memberships);
        return;
      }
      // somebody is enforcing it, and mends it: nobody waits for that, and nothing is claimed
      if (this.enforcer.isBusy(key)) return;
      await this.enforcer.repair(key, performance.now());
      const now = await this.enforcer.observe(key);
      // disabled by hand, it stays as it is: nothing is claimed of it
      if (await this.enforcer.holds(row, now)) await this.seen(row, now, memberships);
    } catch (error) {
      // a session needs no node that takes writes: what cannot be looked at is not claimed
      if (!(error instanceof Problem)) throw error;
    }
  }
}

/** The user as it is now: any change of what should hold is another one. */
function keyOf({ id, generation }: SubjectRow): string {
  return `${id} ${generation}`;
}
