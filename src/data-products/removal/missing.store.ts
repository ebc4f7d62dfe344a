import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database, type DataProductRow, type Executor } from '../../database/schema.js';
import type { ProductRef } from '../portal/refs.js';
import { NOW } from '../../database/sql/clock.js';

const WHY =
  'The portal does not have it, and never reported its deletion: nothing was removed. It recovers when the portal has it again; ' +
  'if it is permanently gone, an administrator confirms the removal';

/** Products that the portal no longer has, and what ends them. */
@Injectable()
export class MissingStore {
  constructor(private readonly db: Database) {}

  /** Products that have resources, and whose deletion nobody has reported or confirmed. */
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

  /** Missing products, and products whose data waits for a decision, with their names. */
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

  /** Marks a product as missing; true if it was not missing before. */
  async mark({ id, state }: DataProductRow): Promise<boolean> {
    const result = await this.db
      .updateTable('data_product')
      .set({ state: 'missing', missing_since: sql<Date>`coalesce(missing_since, ${NOW})`, last_error: WHY })
      .where('id', '=', id)
      .where('state', '=', state)
      .executeTakeFirst();
    return state !== 'missing' && result.numUpdatedRows > 0n;
  }

  /** Records an authentic delivery that reports the deletion. A product of another kind with the same id is a different product. */
  async tellDeleted({ kind, id }: ProductRef, db: Executor): Promise<void> {
    await db
      .updateTable('data_product')
      .set({ deletion_told: true })
      .where('id', '=', id)
      .where('kind', '=', kind)
      .where('deletion_told', '=', false)
      .execute();
  }

  /** Records an administrator's confirmation of the removal; false if it was already confirmed. */
  async confirm(id: string, db: Executor): Promise<boolean> {
    const result = await db
      .updateTable('data_product')
      .set({ removal_confirmed_at: NOW })
      .where('id', '=', id)
      .where('removal_confirmed_at', 'is', null)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  /** The product's data no longer waits for a decision. */
  async dataTaken(id: string): Promise<void> {
    await this.db.updateTable('data_product').set({ data_waits: false }).where('id', '=', id).execute();
  }

  /** Providers that are not deleted, and on whose data a consumer's principal currently holds grants. */
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
