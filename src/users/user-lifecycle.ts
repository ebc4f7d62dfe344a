import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../auth/authenticated.js';
import type { PlannedChange } from '../access/plan/planned-change.js';
import { SubjectRemoval } from '../access/changes/subject-removal.js';
import { AccessWriter, type Mutation } from '../access/changes/writer.js';
import { Enforcer } from '../access/enforce/enforcer.js';
import { NodeWatch } from '../access/nodes/node-watch.js';
import type { SubjectKey } from '../access/subjects/subject-key.js';
import { Subjects, type SubjectSpec } from '../access/subjects/subjects.js';
import { Problem } from '../common/problems/problem.js';
import type { SubjectRow } from '../database/schema.js';

/** The result of a change: enforced now, or stored and enforced when MinIO is back. */
export interface LifecycleOutcome {
  enforced: boolean;
  /**
   * True if in addition no node of MinIO is away without having received the change. Such a node may be cut off from us but still serve
   * others.
   */
  everywhere: boolean;
}

/** Disables, enables and removes users, and ends their sessions. The change is committed first; MinIO follows at once or later. */
@Injectable()
export class UserLifecycle {
  constructor(
    private readonly subjects: Subjects,
    private readonly enforcer: Enforcer,
    private readonly writer: AccessWriter,
    private readonly removal: SubjectRemoval,
    private readonly nodes: NodeWatch,
  ) {}

  /** The user's logins, pair, sessions and access keys stop working until the user is enabled again. */
  disable(userName: string, context: RequestContext): Promise<LifecycleOutcome> {
    return this.carryOut(this.disabling(userName, context), context);
  }

  /** What `disable` would do. */
  planDisable(userName: string, context: RequestContext): Promise<PlannedChange[]> {
    return this.writer.dryRun(this.disabling(userName, context));
  }

  /** The pair and access keys work again; earlier sessions do not. Also for a user disabled in MinIO by hand. */
  enable(userName: string, context: RequestContext): Promise<LifecycleOutcome> {
    return this.carryOut(this.enabling(userName, context), context);
  }

  /** What `enable` would do. */
  planEnable(userName: string, context: RequestContext): Promise<PlannedChange[]> {
    return this.writer.dryRun(this.enabling(userName, context));
  }

  /** Ends every session of the user on every node. A user that was never created has none. */
  async endSessions(userName: string, context: RequestContext): Promise<LifecycleOutcome> {
    const key = keyOf(userName);
    const row = (await this.subjects.find(key)) ?? (await this.takeOver(key, context));
    if (!row) return { enforced: true, everywhere: true };
    // a removal in progress ends them too
    await this.subjects.change(row, { endSessions: true }, ['active', 'disabled'], {
      actor: context,
      action: 'sessions.ended',
    });
    return this.outcome(await this.enforcer.enforceCommitted(key, context.arrivedAt));
  }

  /**
   * Removes the MinIO user, its policies, sessions and access keys, and all grants to and from it; its data stays. A second removal finds
   * nothing and is no error.
   */
  async remove(userName: string, context: RequestContext): Promise<LifecycleOutcome> {
    const key = keyOf(userName);
    const row = (await this.subjects.find(key)) ?? (await this.takeOver(key, context));
    if (!row) return { enforced: true, everywhere: true };
    if (row.status === 'removing')
      return this.outcome(await this.enforcer.enforceCommitted(key, context.arrivedAt));
    return this.carryOut(this.removing(userName, context), context);
  }

  /** What `remove` would do. */
  planRemoval(userName: string, context: RequestContext): Promise<PlannedChange[]> {
    return this.writer.dryRun(this.removing(userName, context));
  }

  private async outcome(enforced: boolean): Promise<LifecycleOutcome> {
    return { enforced, everywhere: enforced && !(await this.nodes.isAnyBehind()) };
  }

  private async carryOut(work: Mutation<undefined>, context: RequestContext): Promise<LifecycleOutcome> {
    const { enforced } = await this.writer.write(context.arrivedAt, work);
    return this.outcome(enforced);
  }

  private disabling(userName: string, context: RequestContext): Mutation<undefined> {
    return this.changing(userName, { status: 'disabled', endSessions: true }, 'user.disabled', context);
  }

  private enabling(userName: string, context: RequestContext): Mutation<undefined> {
    return this.changing(userName, { status: 'active', enable: true }, 'user.enabled', context);
  }

  private removing(userName: string, context: RequestContext): Mutation<undefined> {
    return async (trx) => {
      const row = await this.subjects.find(keyOf(userName), trx);
      return { value: undefined, affected: row ? await this.removal.begin(row, context, trx) : [] };
    };
  }

  private changing(
    userName: string,
    change: SubjectSpec,
    action: string,
    context: RequestContext,
  ): Mutation<undefined> {
    return async (trx) => {
      const row = await this.subjects.find(keyOf(userName), trx);
      if (!row) throw new Problem('not_found', 'There is no such user');
      const changed = await this.subjects.change(
        row,
        change,
        ['active', 'disabled'],
        { actor: context, action },
        trx,
      );
      if (!changed) throw new Problem('user_being_removed', 'The removal of this user is not finished yet');
      return { value: undefined, affected: [changed] };
    };
  }

  /**
   * A user of this service whose row was lost with the database is recognized by its policy. It gets a row, so that the request cannot be
   * lost too.
   */
  private async takeOver(key: SubjectKey, context: RequestContext): Promise<SubjectRow | undefined> {
    const observed = await this.enforcer.observe(key);
    if (!observed.user && !observed.document) return undefined;
    if (!observed.document)
      throw new Problem(
        'user_not_adopted',
        'MinIO has a user of this name that this service does not manage',
      );
    return this.subjects.create(key, 'active', context, 'user.adopted');
  }
}

function keyOf(name: string): SubjectKey {
  return { kind: 'user', name };
}
