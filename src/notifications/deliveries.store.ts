import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../database/schema.js';
import { MAIL_KIND, WEBHOOK_KIND } from './channel-kind.js';

/** How deliveries by one channel go. */
export interface Deliveries {
  /** Failed and waiting to be tried again. */
  retried: number;
  /** Given up: dead letters. */
  dead: number;
  /** The latest failure among them. */
  error: string | null;
}

/** How deliveries go. */
@Injectable()
export class DeliveriesStore {
  constructor(private readonly db: Database) {}

  async summary(): Promise<Record<'webhook' | 'mail', Deliveries>> {
    const isDead = sql<boolean>`status = 'failed' and dead_lettered_at is not null and discarded_at is null
      and not exists (select from provision again where again.redriven_from = provision.id)`;
    const rows = await this.db
      .selectFrom('provision')
      .select([
        'kind',
        sql<number>`(count(*) filter (where status <> 'failed'))::int`.as('retried'),
        sql<number>`(count(*) filter (where status = 'failed'))::int`.as('dead'),
        sql<string | null>`(array_agg(error order by updated_at desc))[1]`.as('error'),
      ])
      .where('kind', 'in', [WEBHOOK_KIND, MAIL_KIND])
      .where('error', 'is not', null)
      .where((eb) => eb.or([eb('status', 'in', ['pending', 'processing']), isDead]))
      .groupBy('kind')
      .execute();
    const none = { retried: 0, dead: 0, error: null };
    const of = (kind: string): Deliveries => rows.find((row) => row.kind === kind) ?? none;
    return { webhook: of(WEBHOOK_KIND), mail: of(MAIL_KIND) };
  }
}
