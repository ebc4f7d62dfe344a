import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Actor } from '../../common/caller.js';
import { AUDIT_COLUMNS, type AuditEntry, auditSelection } from '../../database/audit-event.js';
import { Database, type SubjectRow } from '../../database/schema.js';
import { NOW } from '../../database/clock.js';

/** An issued session: its access key, sealed, and its end. */
export interface IssuedSession {
  sealedAccessKey: string;
  expiration: Date;
}

/** Issued credentials, and which of them are sessions: after its start MinIO does not know a session until it is used again. */
@Injectable()
export class IssuedStore {
  constructor(private readonly db: Database) {}

  /**
   * Records an event, and a session with it, only if the subject is unchanged since it was read: active and in the same session epoch.
   * False: the new credentials must not be issued.
   */
  async recordIfUnchanged(
    row: SubjectRow,
    actor: Actor,
    entry: Omit<AuditEntry, 'subject'>,
    session?: IssuedSession,
  ): Promise<boolean> {
    const subject = { kind: row.kind, name: row.name };
    const event = this.db
      .insertInto('audit_event')
      .columns(AUDIT_COLUMNS)
      .expression((eb) =>
        eb
          .selectFrom('subject')
          .select(auditSelection(actor, { ...entry, subject }))
          .where('id', '=', row.id)
          .where('status', '=', 'active')
          .where('session_epoch', '=', row.session_epoch),
      )
      .returning('id');
    if (!session) return (await event.execute()).length > 0;
    const recorded = await this.db
      .with('event', () => event)
      .insertInto('session_key')
      .columns(['sealed_access_key', 'principal', 'expires_at'])
      .expression((eb) =>
        eb
          .selectFrom('event')
          .select([
            sql<string>`${session.sealedAccessKey}::text`.as('sealed_access_key'),
            sql<string>`${row.principal}::text`.as('principal'),
            sql<Date>`${session.expiration}::timestamptz`.as('expires_at'),
          ]),
      )
      .returning('id')
      .execute();
    return recorded.length > 0;
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
