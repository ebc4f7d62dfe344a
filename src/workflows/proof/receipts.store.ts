import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database, type Executor, type RunReceiptRow } from '../../database/schema.js';
import type { StepTimes } from './receipt.js';

/** Receipts of runs, and the public keys with which they are checked. */
@Injectable()
export class ReceiptsStore {
  constructor(private readonly db: Database) {}

  /** How many receipts the run has. Called while its provision is locked, so the next one gets the next number. */
  async count(runId: string, trx: Executor): Promise<number> {
    const row = await trx
      .selectFrom('run_receipt')
      .select(sql<number>`count(*)::int`.as('count'))
      .where('run_id', '=', runId)
      .executeTakeFirstOrThrow();
    return row.count;
  }

  /** Keeps a receipt, and the public half of its key unless that is kept already. */
  async add(receipt: Omit<RunReceiptRow, 'made_at'>, jwk: object, trx: Executor): Promise<void> {
    await trx
      .with('key', (db) =>
        db
          .insertInto('receipt_key')
          .values({ kid: receipt.kid, jwk: JSON.stringify(jwk) })
          .onConflict((conflict) => conflict.doNothing()),
      )
      .insertInto('run_receipt')
      .values(receipt)
      .execute();
  }

  /** The receipt with a number; without one the newest. */
  find(runId: string, number: number | undefined): Promise<RunReceiptRow | undefined> {
    return this.db
      .selectFrom('run_receipt')
      .selectAll()
      .where('run_id', '=', runId)
      .$if(number !== undefined, (query) => query.where('number', '=', number ?? 0))
      .orderBy('number', 'desc')
      .limit(1)
      .executeTakeFirst();
  }

  /** The public keys, the newest first. */
  async keys(): Promise<Record<string, unknown>[]> {
    const rows = await this.db
      .selectFrom('receipt_key')
      .select('jwk')
      .orderBy('created_at', 'desc')
      .execute();
    return rows.map(({ jwk }) => jwk);
  }

  /** When the provisions of the run's steps, and of their undoes, were accepted and ended; by the id of the provision. */
  async timesOf(runId: string, trx: Executor): Promise<Map<string, StepTimes>> {
    const { rows } = await sql<{ id: string; created_at: Date; updated_at: Date; ended: boolean }>`
      select part.id, part.created_at, part.updated_at, part.status in ('completed', 'failed', 'cancelled') as ended
      from workflow_step step
      join provision part on part.id in (step.provision_id, step.undo_id)
      where step.run_id = ${runId}`.execute(trx);
    return new Map(
      rows.map(({ id, created_at, updated_at, ended }) => [
        id,
        { accepted_at: created_at.toISOString(), ended_at: ended ? updated_at.toISOString() : null },
      ]),
    );
  }
}
