import { Injectable } from '@nestjs/common';
import { type Expression, sql, type SqlBool } from 'kysely';
import type { Actor } from '../../common/caller.js';
import { AppConfig } from '../../config/app-config.js';
import { ASYNC_COMMIT } from '../../database/sql/async-commit.js';
import { AUDIT_COLUMNS, type AuditEntry, auditSelection } from '../../database/sql/audit-event.js';
import { Database, type SubjectRow } from '../../database/schema.js';
import { NOW } from '../../database/sql/clock.js';

/** An issued session: its access key, sealed, and its end. */
export interface IssuedSession {
  sealedAccessKey: string;
  expiration: Date;
}

/** Issued credentials, and which of them are sessions: after its start MinIO does not know a session until it is used again. */
@Injectable()
export class IssuedStore {
  constructor(
    private readonly db: Database,
    private readonly config: AppConfig,
  ) {}

  /**
   * Records an event only if the subject is unchanged since it was read: active and in the same session epoch. False: new credentials must
   * not be issued. `strictly`: the row, which may be old, is as it was, and its pair is in force.
   */
  async recordIfUnchanged(
    row: SubjectRow,
    actor: Actor,
    entry: Omit<AuditEntry, 'subject'>,
    strictly: boolean,
  ): Promise<boolean> {
    const subject = { kind: row.kind, name: row.name };
    const recorded = await this.db
      .insertInto('audit_event')
      .columns(AUDIT_COLUMNS)
      .expression((eb) =>
        eb
          .selectFrom('subject')
          .select(auditSelection(actor, { ...entry, subject }))
          .where(isUnchanged(row))
          .$if(strictly, (query) => query.where(hasPairStill(row))),
      )
      .returning('id')
      .execute();
    return recorded.length > 0;
  }

  /**
   * Stores a session under the same condition; false: it must not be issued. PostgreSQL commits this without waiting for the disk, see
   * ADR 5. The embedded database would write it with the next statement that waits, which may be much later.
   */
  async keepIfUnchanged(row: SubjectRow, session: IssuedSession): Promise<boolean> {
    const kept = await this.db
      .insertInto('session_key')
      .columns(['sealed_access_key', 'principal', 'expires_at'])
      .expression((eb) =>
        eb
          .selectFrom('subject')
          .select([
            sql<string>`${session.sealedAccessKey}::text`.as('sealed_access_key'),
            'principal',
            sql<Date>`${session.expiration}::timestamptz`.as('expires_at'),
          ])
          .where(isUnchanged(row))
          .$if(this.config.database.url !== undefined, (query) => query.where(ASYNC_COMMIT)),
      )
      .returning('id')
      .execute();
    return kept.length > 0;
  }

  /** The principal's sessions that may still be alive. */
  live(principal: string): Promise<{ id: string; sealed_access_key: string }[]> {
    return this.db
      .selectFrom('session_key')
      .select(['id', 'sealed_access_key'])
      .where('principal', '=', principal)
      .where('expires_at', '>', NOW)
      .execute();
  }

  /** Deletes sessions that were ended. */
  async forget(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.db
      .deleteFrom('session_key')
      .where(sql<boolean>`id = any(${sql.val([...ids])}::uuid[])`)
      .execute();
  }

  /** Deletes sessions that have expired. */
  async forgetExpired(): Promise<void> {
    await this.db.deleteFrom('session_key').where('expires_at', '<', NOW).execute();
  }
}

/** Of a row of `subject`: it is as it was read, as far as credentials are concerned. */
function isUnchanged({ id, session_epoch }: SubjectRow): Expression<SqlBool> {
  return sql<SqlBool>`id = ${id} and status = 'active' and session_epoch = ${session_epoch}`;
}

/** Of a row of `subject`: it has not changed, and its pair is in force. */
function hasPairStill({ generation, secret_generation }: SubjectRow): Expression<SqlBool> {
  return sql<SqlBool>`generation = ${generation} and secret_generation = ${secret_generation}
    and applied_secret_generation = secret_generation and applied_status = 'active' and not suspect and not foreign_secret
    and applied_session_epoch = session_epoch and applied_access_key_epoch = access_key_epoch`;
}
