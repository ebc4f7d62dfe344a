import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database, type DataProductRow, type Executor } from '../../database/schema.js';
import type { ProductRef } from '../portal/refs.js';

const NOW = sql<Date>`clock_timestamp()`;
const WHY =
  'The portal does not have it, and never said that it goes: nothing was taken. It is mended when the portal has it again; ' +
  'if it is gone for good, an administrator confirms the removal';

/** Products that the portal does not have any more, and what ends them. */
@Injectable()
export class MissingStore {
  constructor(private readonly db: Database) {}

  /** Everything for which something was made that is still there, and of which nobody has said that it is to go. */
  async held(): Promise<ProductRef[]> {
    return this.db
      .selectFrom('data_product')
      .select(['id', 'kind'])
      .where('state', '!=', 'deleted')
      .where('subject_name', 'is not', null)
      .where('deleting', '=', false)
      .where('removal_confirmed_at', 'is', null)
      .orderBy('id')
      .execute();
  }

  /** Those that are missing, and those whose data wait, by their names. */
  async waiting(): Promise<Pick<DataProductRow, 'id' | 'name' | 'namespace' | 'state'>[]> {
    return this.db
      .selectFrom('data_product')
      .select(['id', 'name', 'namespace', 'state'])
      .where((eb) =>
        eb.or([
          eb('state', '=', 'missing'),
          eb.and([eb('data_waits', '=', true), eb('removal_confirmed_at', 'is', null)]),
        ]),
      )
      .orderBy('id')
      .execute();
  }

  /** True: it was not missing before. */
  async mark({ id, state }: DataProductRow): Promise<boolean> {
    const result = await this.db
      .updateTable('data_product')
      .set({ state: 'missing', missing_since: sql<Date>`coalesce(missing_since, ${NOW})`, last_error: WHY })
      .where('id', '=', id)
      .where('state', '=', state)
      .executeTakeFirst();
    return state !== 'missing' && result.numUpdatedRows > 0n;
  }

  /** A delivery that only the portal can have sent says that it was deleted. Another kind of that id is another thing. */
  async tellDeleted({ kind, id }: ProductRef, db: Executor): Promise<void> {
    await db
      .updateTable('data_product')
      .set({ deletion_told: true })
      .where('id', '=', id)
      .where('kind', '=', kind)
      .where('deletion_told', '=', false)
      .execute();
  }

  /** An administrator says that it is gone; false: one has said so before. */
  async confirm(id: string, db: Executor): Promise<boolean> {
    const result = await db
      .updateTable('data_product')
      .set({ removal_confirmed_at: NOW })
      .where('id', '=', id)
      .where('removal_confirmed_at', 'is', null)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  /** Nothing of it waits any more. */
  async dataTaken(id: string): Promise<void> {
    await this.db.updateTable('data_product').set({ data_waits: false }).where('id', '=', id).execute();
  }

  /** Living providers on whose data a consumer's principal holds grants now. */
  async providersOf(consumerSubject: string): Promise<DataProductRow[]> {
    return this.db
      .selectFrom('data_product')
      .innerJoin('subject as provider', (join) =>
        join
          .onRef('provider.name', '=', 'data_product.subject_name')
          .on('provider.kind', '=', 'data_product'),
      )
      .innerJoin('access_grant', 'access_grant.owner_id', 'provider.id')
      .innerJoin('subject as consumer', 'consumer.id', 'access_grant.grantee_id')
      .selectAll('data_product')
      .distinctOn('data_product.id')
      .where('consumer.kind', '=', 'data_product')
      .where('consumer.name', '=', consumerSubject)
      .where('data_product.state', '!=', 'deleted')
      .execute();
  }
}
