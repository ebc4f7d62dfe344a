import { Injectable } from '@nestjs/common';
import type { RequestActor } from '../auth/authenticated.js';
import type { PlannedChange } from '../access/plan/planned-change.js';
import { Removal } from '../access/changes/removal.js';
import { AccessWriter, type Work } from '../access/changes/writer.js';
import { Enforcer } from '../access/enforce/enforcer.js';
import { NodeWatch } from '../access/nodes/node-watch.js';
import type { SubjectKey } from '../access/subjects/subject-key.js';
import { Subjects, type Wish } from '../access/subjects/subjects.js';
import { Problem } from '../common/problems/problem.js';
import type { SubjectRow } from '../database/schema.js';

/** What became of a wish: enforced now, or kept and enforced as soon as MinIO is back. */
export interface Outcome {
  enforced: boolean;
  /** And no node of MinIO is away that has yet to hear of it: it may be cut off from us and serve others. */
  everywhere: boolean;
}

/** Disabling, enabling, removing a user, ending its sessions. The wish is kept first; MinIO follows at once or later. */
@Injectable()
export class UserLifecycle {
  constructor(
    private readonly subjects: Subjects,
    private readonly enforcer: Enforcer,
    private readonly writer: AccessWriter,
    private readonly removal: Removal,
    private readonly nodes: NodeWatch,
  ) {}

  /** No login, no pair, no session, no access key of the user works until it is enabled again. */
  disable(userName: string, actor: RequestActor): Promise<Outcome> {
    return this.carryOut(this.disabling(userName, actor), actor);
  }

  /** What `disable` would do. */
  planDisable(userName: string, actor: RequestActor): Promise<PlannedChange[]> {
    return this.writer.dryRun(this.disabling(userName, actor));
  }

  /** Pair and access keys work again; sessions from before do not. Also for a user that was disabled in MinIO by hand. */
  enable(userName: string, actor: RequestActor): Promise<Outcome> {
    return this.carryOut(this.enabling(userName, actor), actor);
  }

  /** What `enable` would do. */
  planEnable(userName: string, actor: RequestActor): Promise<PlannedChange[]> {
    return this.writer.dryRun(this.enabling(userName, actor));
  }

  /** Ends every session of the user on every node. A user that was never created has none. */
  async endSessions(userName: string, actor: RequestActor): Promise<Outcome> {
    const key = keyOf(userName);
    const row = (await this.subjects.find(key)) ?? (await this.takeOver(key, actor));
    if (!row) return { enforced: true, everywhere: true };
    // a removal that is under way ends them, too
    await this.subjects.change(row, { endSessions: true }, ['active', 'disabled'], {
      actor,
      action: 'sessions.ended',
    });
    return this.outcome(await this.enforcer.settle(key, actor.arrivedAt));
  }

  /**
   * The MinIO user, its policies, sessions and access keys go, and all it was given or shared; its data stays. A second removal finds
   * nothing and is fine.
   */
  async remove(userName: string, actor: RequestActor): Promise<Outcome> {
    const key = keyOf(userName);
    const row = (await this.subjects.find(key)) ?? (await this.takeOver(key, actor));
    if (!row) return { enforced: true, everywhere: true };
    if (row.status === 'removing') return this.outcome(await this.enforcer.settle(key, actor.arrivedAt));
    return this.carryOut(this.removing(userName, actor), actor);
  }

  /** What `remove` would do. */
  planRemoval(userName: string, actor: RequestActor): Promise<PlannedChange[]> {
    return this.writer.dryRun(this.removing(userName, actor));
  }

  private async outcome(enforced: boolean): Promise<Outcome> {
    return { enforced, everywhere: enforced && !(await this.nodes.isAnyBehind()) };
  }

  private async carryOut(work: Work<undefined>, actor: RequestActor): Promise<Outcome> {
    const { enforced } = await this.writer.write(actor.arrivedAt, work);
    return this.outcome(enforced);
  }

  private disabling(userName: string, actor: RequestActor): Work<undefined> {
    return this.changing(userName, { status: 'disabled', endSessions: true }, 'user.disabled', actor);
  }

  private enabling(userName: string, actor: RequestActor): Work<undefined> {
    return this.changing(userName, { status: 'active', enable: true }, 'user.enabled', actor);
  }

  private removing(userName: string, actor: RequestActor): Work<undefined> {
    return async (trx) => {
      const row = await this.subjects.find(keyOf(userName), trx);
      return { value: undefined, touched: row ? await this.removal.begin(row, actor, trx) : [] };
    };
  }

  private changing(userName: string, change: Wish, action: string, actor: RequestActor): Work<undefined> {
    return async (trx) => {
      const row = await this.subjects.find(keyOf(userName), trx);
      if (!row) throw new Problem('not_found', 'There is no such user');
      const changed = await this.subjects.change(row, change, ['active', 'disabled'], { actor, action }, trx);
      if (!changed) throw new Problem('user_being_removed', 'The removal of this user is not finished yet');
      return { value: undefined, touched: [changed] };
    };
  }

  /** Our user whose row was lost with the database: it is known by its policy, and gets a row so that the wish cannot be lost too. */
  private async takeOver(key: SubjectKey, actor: RequestActor): Promise<SubjectRow | undefined> {
    const observed = await this.enforcer.observe(key);
    if (!observed.user && !observed.document) return undefined;
    if (!observed.document)
      throw new Problem(
        'user_not_adopted',
        'MinIO has a user of this name that this service does not manage',
      );
    return this.subjects.create(key, 'active', actor, 'user.adopted');
  }
}

function keyOf(name: string): SubjectKey {
  return { kind: 'user', name };
}
