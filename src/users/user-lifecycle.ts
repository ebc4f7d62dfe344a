import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../auth/authenticated.js';
import { LastLogins } from '../auth/people/last-logins.js';
import { SubjectRemoval } from '../access/changes/subject-removal.js';
import type { Mutation } from '../access/changes/writer.js';
import { Enforcer } from '../access/enforce/enforcer.js';
import type { SubjectKey } from '../access/subjects/subject-key.js';
import { notOurs } from '../access/plan/proven-plan.js';
import { Subjects, type SubjectSpec } from '../access/subjects/subjects.js';
import { isUnwritten } from '../access/subjects/subject-state.js';
import { noSuch, Problem } from '../common/problems/problem.js';
import type { Executor, SubjectRow } from '../database/schema.js';

/** Disables, enables and removes users, and ends their sessions. */
@Injectable()
export class UserLifecycle {
  constructor(
    private readonly subjects: Subjects,
    private readonly enforcer: Enforcer,
    private readonly removal: SubjectRemoval,
    private readonly lastLogins: LastLogins,
  ) {}

  /**
   * Makes a person known who has never called: sharing and groups work from then on. MinIO gets the user with the first credentials or
   * share. Throws `name_taken` for a name in use.
   */
  add(userName: string, context: RequestContext): Mutation<SubjectRow> {
    return async (trx) => {
      const row = await this.subjects.addUnwritten(userName, context, trx);
      if (!row) throw new Problem('name_taken', 'A user of that name exists');
      return { value: row, affected: [] };
    };
  }

  /** The user's logins, pair, sessions and access keys stop working until the user is enabled again. */
  disable(userName: string, context: RequestContext): Promise<Mutation<undefined>> {
    return this.change(userName, { status: 'disabled', endSessions: true }, 'user.disabled', context);
  }

  /**
   * The pair and access keys work again; earlier sessions do not. Also for a user disabled in MinIO by hand. A directory that says that the
   * person has left is not asked again until the next login.
   */
  enable(userName: string, context: RequestContext): Promise<Mutation<undefined>> {
    return this.change(userName, { status: 'active', enable: true }, 'user.enabled', context);
  }

  /** Ends every session of the user on every node. A user that was never created has none. */
  async endSessions(userName: string, context: RequestContext): Promise<Mutation<undefined>> {
    const { rowOf, isLost } = await this.rowReader(userName, context);
    const event = { actor: context, action: 'sessions.ended' };
    return async (trx) => {
      const row = await rowOf(trx);
      // one who has nothing in MinIO has no sessions
      if (!row || (isUnwritten(row) && !isLost)) return { value: undefined, affected: [] };
      const changed = await this.subjects.change(
        row,
        { endSessions: true },
        ['active', 'disabled'],
        event,
        trx,
      );
      // a removal in progress ends them too
      return { value: undefined, affected: [changed ?? row] };
    };
  }

  /**
   * Removes the MinIO user, its policies, sessions and access keys, and all grants to and from it; its data stays. A second removal finds
   * nothing and is no error.
   */
  async remove(userName: string, context: RequestContext): Promise<Mutation<undefined>> {
    const { rowOf } = await this.rowReader(userName, context);
    return async (trx) => {
      const row = await rowOf(trx);
      return { value: undefined, affected: row ? await this.removal.begin(row, context, trx) : [] };
    };
  }

  private async change(
    userName: string,
    spec: SubjectSpec,
    action: string,
    context: RequestContext,
  ): Promise<Mutation<undefined>> {
    const { rowOf } = await this.rowReader(userName, context);
    return async (trx) => {
      const row = await rowOf(trx);
      if (!row) throw noSuch('user');
      const event = { actor: context, action };
      const changed = await this.subjects.change(row, spec, ['active', 'disabled'], event, trx);
      if (!changed) throw new Problem('user_being_removed', 'The removal of this user is not finished yet');
      if (spec.enable) await this.lastLogins.restart(row.id, isGone(row) ? null : undefined, trx);
      return { value: undefined, affected: [changed] };
    };
  }

  /**
   * `rowOf` reads the user's row in a transaction. A user of this service whose row was lost with the database (`isLost`) is recognized by its
   * policy, and gets a row, so that the change cannot be lost too.
   */
  private async rowReader(
    userName: string,
    context: RequestContext,
  ): Promise<{ rowOf: (trx: Executor) => Promise<SubjectRow | undefined>; isLost: boolean }> {
    const key = keyOf(userName);
    const found = await this.subjects.find(key);
    const isKnown = found !== undefined && !isUnwritten(found);
    const isLost = !isKnown && (await this.isInMinio(key, found));
    const rowOf = async (trx: Executor): Promise<SubjectRow | undefined> => {
      const row = await this.subjects.find(key, trx);
      const options = { trx, foreignSecret: true };
      return row || !isLost ? row : this.subjects.create(key, 'active', context, 'user.adopted', options);
    };
    return { rowOf, isLost };
  }

  /**
   * Whether MinIO has the user, made by this service. Throws `user_not_adopted` for one that it did not make. A change of a user with a row
   * does not wait for MinIO: enforcing it looks again.
   */
  private async isInMinio(key: SubjectKey, row?: SubjectRow): Promise<boolean> {
    const observed = await this.enforcer.observe(key).catch((error: unknown) => {
      if (row && error instanceof Problem && error.code === 'storage_unavailable') return undefined;
      throw error;
    });
    if (!observed) return false;
    const { user, document } = observed;
    if (user && !document) throw notOurs(key);
    return document !== null;
  }
}

function keyOf(name: string): SubjectKey {
  return { kind: 'user', name };
}

/** The directory says that the person has left. */
function isGone({ suspended }: SubjectRow): boolean {
  return suspended === 'absent' || suspended === 'disabled';
}
