import { Injectable } from '@nestjs/common';
import { sql, type SqlBool } from 'kysely';
import { NOW } from '../../database/sql/clock.js';
import { Database, type Executor, type ProvisionRow } from '../../database/schema.js';
import type { Waiting } from './provisions.store.js';

/** Nothing that would wake it is on its way. */
export const NOTHING_WAKES_IT = sql<SqlBool>`not exists (
    select from provision part where part.wakes = provision.id and part.status in ('pending', 'processing', 'pending_action'))
  and not exists (
    select from provision_waiter join provision other on other.id = provision_waiter.provision_id
    where provision_waiter.waiter_id = provision.id and other.status in ('pending', 'processing', 'pending_action'))`;

/** Which provisions wait for which. */
@Injectable()
export class WaitsStore {
  constructor(private readonly db: Database) {}

  /** The newest provision of the subject that has not ended, locked until the transaction ends. */
  lastOf(subject: string, trx: Executor): Promise<ProvisionRow | undefined> {
    return trx
      .selectFrom('provision')
      .selectAll()
      .where('subject', '=', subject)
      .where('status', 'in', ['pending', 'processing', 'pending_action'])
      .orderBy('seq', 'desc')
      .limit(1)
      .forUpdate()
      .executeTakeFirst();
  }

  lock(id: string, trx: Executor): Promise<Pick<ProvisionRow, 'status'>> {
    return trx
      .selectFrom('provision')
      .select('status')
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirstOrThrow();
  }

  /** The last one of the subject that was accepted before this one, and has not ended. */
  async openBefore(id: string): Promise<string | undefined> {
    const { rows } = await sql<{ id: string }>`
      select earlier.id from provision earlier join provision own on own.subject = earlier.subject and own.seq > earlier.seq
      where own.id = ${id}::uuid and earlier.status in ('pending', 'processing', 'pending_action')
      order by earlier.seq desc limit 1`.execute(this.db);
    return rows[0]?.id;
  }

  /** Records that one waits for another; the second time it changes nothing. */
  async add(provisionId: string, waiterId: string, trx: Executor): Promise<void> {
    await trx
      .insertInto('provision_waiter')
      .values({ provision_id: provisionId, waiter_id: waiterId })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  /** Whether it has waited for one that has ended. */
  async hasWaited(waiterId: string): Promise<boolean> {
    const row = await this.db
      .selectFrom('provision_waiter')
      .innerJoin('provision', 'provision.id', 'provision_waiter.provision_id')
      .select('provision.id')
      .where('waiter_id', '=', waiterId)
      .where('provision.status', 'in', ['completed', 'failed', 'cancelled'])
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Makes a provision due that waits, unless something will wake it; undefined: something will, or it does not wait. */
  wakeIfAlone(id: string, trx: Executor): Promise<Waiting | undefined> {
    return trx
      .updateTable('provision')
      .set({ status: 'pending', attempts: 0, due_at: NOW, updated_at: NOW })
      .where('id', '=', id)
      .where('status', '=', 'pending_action')
      .where(NOTHING_WAKES_IT)
      .returning(['id', sql<number>`0`.as('wait_ms')])
      .executeTakeFirst();
  }
}
