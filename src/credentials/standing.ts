import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { type Membership, Memberships } from '../access/memberships/memberships.js';
import { Enforcer } from '../access/enforce/enforcer.js';
import { SubjectEnforcer } from '../access/enforce/subject-enforcer.js';
import type { ObservedUser } from '../access/plan/observe.js';
import { groupsMissing } from '../access/enforce/whole.js';
import { isInSync } from '../access/subjects/subject-state.js';
import { Problem } from '../common/problems/problem.js';
import type { SubjectRow } from '../database/schema.js';

/** How long a check stays valid, in milliseconds. */
const LOOK_MS = 5000;
/** Maximum number of users whose check is cached. */
const MAX_KEPT = 10_000;

/**
 * Checks whether MinIO gives a user what the database says. It checks rarely, beside calls that go to MinIO anyway, and repairs what
 * differs.
 */
@Injectable()
export class Standing {
  readonly #seen = new LRUCache<string, true>({ max: MAX_KEPT, ttl: LOOK_MS });
  readonly #checks = new Map<string, Promise<void>>();

  constructor(
    private readonly enforcer: Enforcer,
    private readonly subjectEnforcer: SubjectEnforcer,
    private readonly memberships: Memberships,
  ) {}

  /** Whether a check of this generation of the user succeeded within the last seconds. */
  isKnown(row: SubjectRow): boolean {
    return this.#seen.has(keyOf(row));
  }

  /**
   * Checks once within seconds, however many callers ask, and repairs what this service manages. If the check fails, the state stays
   * unknown.
   */
  async see(row: SubjectRow): Promise<void> {
    const key = keyOf(row);
    if (this.#seen.has(key)) return;
    const check = this.#checks.get(key) ?? this.check(row).finally(() => this.#checks.delete(key));
    this.#checks.set(key, check);
    await check;
  }

  /**
   * The user as read is right or was repaired; this checks its groups. False if a group is not right: the worker continues with it. A new
   * user may not be in any group yet.
   */
  async seen(row: SubjectRow, observed: ObservedUser, memberships: readonly Membership[]): Promise<boolean> {
    if (!(await this.repairGroups(groupsMissing(memberships, observed)))) return false;
    this.#seen.set(keyOf(row), true);
    return true;
  }

  /** Puts a new MinIO user into the MinIO groups of its groups. False if some failed: the worker continues with them. */
  async join(row: SubjectRow): Promise<boolean> {
    const groups = await this.memberships.groupsOf(row.id);
    return this.repairGroups(groups.map(({ group_name }) => group_name));
  }

  /** False if some failed. */
  private async repairGroups(names: readonly string[]): Promise<boolean> {
    const since = performance.now();
    const repaired = await Promise.all(
      names.map((name) => this.subjectEnforcer.repair({ kind: 'group', name }, since)),
    );
    return repaired.every(Boolean);
  }

  private async check(row: SubjectRow): Promise<void> {
    const key = { kind: row.kind, name: row.name };
    // a pending change is about to be enforced, and is checked then
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
      // another holder of the lease is enforcing it and repairs it: do not wait, and claim nothing
      if (this.subjectEnforcer.isBusy(key)) return;
      await this.subjectEnforcer.repair(key, performance.now());
      const now = await this.enforcer.observe(key);
      // a user disabled by hand stays so: claim nothing about it
      if (await this.enforcer.holds(row, now)) await this.seen(row, now, memberships);
    } catch (error) {
      // a session needs no node that takes writes, so a failed check must not fail the call: claim nothing
      if (!(error instanceof Problem)) throw error;
    }
  }
}

/** Identifies this state of the user: every change of its desired state gives another key. */
function keyOf({ id, generation }: SubjectRow): string {
  return `${id} ${generation}`;
}
