import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { AccessWriter, type Mutation } from '../access/changes/writer.js';
import { Enforcer } from '../access/enforce/enforcer.js';
import type { SubjectKey } from '../access/subjects/subject-key.js';
import { Subjects } from '../access/subjects/subjects.js';
import { LastLogins } from '../auth/people/last-logins.js';
import { Returns } from '../auth/people/returns.js';
import { type Actor, type LoginProof, SYSTEM } from '../common/caller.js';
import { Problem } from '../common/problems/problem.js';
import type { Executor, SubjectRow } from '../database/schema.js';
import type { SuspensionReason } from '../database/tables/login-tables.js';
import { suspensions } from './metrics.js';

/** Why a user is to be suspended. */
export interface Cause {
  /** The reason that holds in the transaction that suspends the user; undefined: none any more. */
  reasonIn: (trx: Executor) => Promise<SuspensionReason | undefined>;
  detail?: Record<string, unknown>;
}

/** Suspends users, and lets those back who log in. */
@Injectable()
export class Suspensions implements OnModuleInit {
  private readonly logger = new Logger('Leavers');

  constructor(
    private readonly subjects: Subjects,
    private readonly enforcer: Enforcer,
    private readonly writer: AccessWriter,
    private readonly returns: Returns,
    private readonly lastLogins: LastLogins,
  ) {}

  onModuleInit(): void {
    this.returns.register((userName, login, actor) => this.back(userName, login, actor));
  }

  /**
   * The user's pair, sessions and access keys stop working until the next login. False: no reason holds any more, somebody has disabled the
   * user in MinIO by hand, which a login must not end, or it failed: the next round tries again. Throws `storage_unavailable` if MinIO is away.
   */
  async suspend(row: Pick<SubjectRow, 'id' | 'name'>, cause: Cause): Promise<boolean> {
    try {
      return await this.trySuspend(row, cause);
    } catch (error) {
      if (!(error instanceof Problem) || error.code === 'storage_unavailable') throw error;
      // one user must not hold up the others
      this.logger.warn(`${row.name} was not suspended: ${error.message}`);
      return false;
    }
  }

  private async trySuspend({ id, name }: Pick<SubjectRow, 'id' | 'name'>, cause: Cause): Promise<boolean> {
    const { user } = await this.enforcer.observe({ kind: 'user', name });
    if (user?.status === 'disabled') return false;
    const { value } = await this.writer.run(this.suspending(id, cause), { arrivedAt: performance.now() });
    if (value) suspensions.inc({ reason: value });
    return value !== undefined;
  }

  private suspending(id: string, { reasonIn, detail }: Cause): Mutation<SuspensionReason | undefined> {
    return async (trx) => {
      const [row] = await this.subjects.lockAll([id], trx);
      const reason = row?.status === 'active' ? await reasonIn(trx) : undefined;
      if (!row || !reason) return { value: undefined, affected: [] };
      const event = { actor: SYSTEM, action: 'user.suspended', detail: { reason, ...detail } };
      const spec = { status: 'disabled', suspended: reason, endSessions: true } as const;
      const changed = await this.subjects.change(row, spec, ['active'], event, trx);
      return changed ? { value: reason, affected: [changed] } : { value: undefined, affected: [] };
    };
  }

  /** Pair and access keys work again, as they were. True also if another request has done it. */
  private async back(userName: string, login: LoginProof | undefined, actor: Actor): Promise<boolean> {
    const { value } = await this.writer.run(this.returning(userName, login, actor), {
      arrivedAt: performance.now(),
    });
    return value;
  }

  private returning(userName: string, login: LoginProof | undefined, actor: Actor): Mutation<boolean> {
    const key: SubjectKey = { kind: 'user', name: userName };
    return async (trx) => {
      const found = await this.subjects.find(key, trx);
      const [row] = found ? await this.subjects.lockAll([found.id], trx) : [];
      if (!row?.suspended || !bringsBack(row, login))
        return { value: row?.status === 'active', affected: [] };
      const event = { actor, action: 'user.returned', detail: { reason: row.suspended } };
      const changed = await this.subjects.change(
        row,
        { status: 'active', enable: true },
        ['disabled'],
        event,
        trx,
      );
      await this.lastLogins.restart(row.id, login?.directory, trx);
      return { value: changed !== undefined, affected: changed ? [changed] : [] };
    };
  }
}

/** Whether a login ends the suspension. Who has left must have been found by the directory since. */
function bringsBack({ suspended, suspended_at: since }: SubjectRow, login: LoginProof | undefined): boolean {
  if (suspended === 'idle') return true;
  return login !== undefined && since !== null && login.asOf > since.getTime();
}
