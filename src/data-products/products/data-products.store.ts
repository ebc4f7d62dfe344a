import { Injectable } from '@nestjs/common';
import { type Selectable, sql } from 'kysely';
import { Database, type DataProductRow, type Executor } from '../../database/schema.js';
import type { DataProductPortTable } from '../../database/tables/product-tables.js';
import type { ProductRef } from '../portal/refs.js';
import { ClaimsStore } from './claims.store.js';
import { ConsumersStore } from './consumers.store.js';
import { NOT_SHOWN, ShownLoginsStore } from './shown-logins.store.js';
import { NOW } from '../../database/sql/clock.js';

const NOT_MISSING = { deleting: false, missing_since: null, deletion_told: false } as const;

/** A consumer that may read an output port. */
export interface Port {
  providerId: string;
  outputPortId: string;
  consumerId: string;
}

/** Which products: all if nothing is named. */
export interface ProductFilter {
  q?: string | undefined;
  state?: DataProductRow['state'] | undefined;
}

/** A deleted product that can be restored: no other existing product has its prefix as its namespace. */
const BACK = sql<boolean>`data_product.state = 'deleted' and not exists (select 1 from data_product other
  where other.namespace = data_product.prefix and other.id <> data_product.id and other.state <> 'deleted')`;

/** Columns that a deletion resets: a restored product starts without them. Its keys are dead; the next claim gets a working one. */
const FORGOTTEN = {
  approvals: '[]',
  next_look_at: null,
  claimed_at: null,
  sealed_claim_key: null,
  claim_until: null,
  finalizer: false,
  assets_registered: false,
  schema_registered: false,
  port_registered: false,
  ...NOT_SHOWN,
} as const;

/** Data products and explorations: their names in the portal, and the resources that were created for them. */
@Injectable()
export class DataProductsStore {
  readonly claims: ClaimsStore;
  readonly consumers: ConsumersStore;
  readonly shownLogins: ShownLoginsStore;

  constructor(private readonly db: Database) {
    this.claims = new ClaimsStore(db);
    this.consumers = new ConsumersStore(db);
    this.shownLogins = new ShownLoginsStore(db);
  }

  find(id: string, db: Executor = this.db): Promise<DataProductRow | undefined> {
    return db.selectFrom('data_product').selectAll().where('id', '=', id).executeTakeFirst();
  }

  /** Its row, which nobody changes until the transaction ends. */
  lock(id: string, trx: Executor): Promise<DataProductRow> {
    return trx
      .selectFrom('data_product')
      .selectAll()
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirstOrThrow();
  }

  /** Name of the folder of the product's project, if it has one. */
  async projectOf(subjectName: string): Promise<string | null> {
    const row = await this.db
      .selectFrom('data_product')
      .select('project')
      .where('subject_name', '=', subjectName)
      .where('project', 'is not', null)
      .executeTakeFirst();
    return row?.project ?? null;
  }

  /** The product with this principal. */
  ofSubject(subjectName: string): Promise<DataProductRow | undefined> {
    return this.db
      .selectFrom('data_product')
      .selectAll()
      .where('subject_name', '=', subjectName)
      .executeTakeFirst();
  }

  /** A page in the order of ids. */
  list(filter: ProductFilter, limit: number, after: string | undefined): Promise<DataProductRow[]> {
    return this.matching(filter)
      .selectAll()
      .$if(after !== undefined, (query) => query.where(sql`id collate "C"`, '>', after ?? ''))
      .orderBy(sql`id collate "C"`)
      .limit(limit)
      .execute();
  }

  async count(filter: ProductFilter): Promise<number> {
    const { total } = await this.matching(filter)
      .select(sql<number>`count(*)::int`.as('total'))
      .executeTakeFirstOrThrow();
    return total;
  }

  private matching({ q = '', state }: ProductFilter) {
    // also of the name alone, which is null until the portal was asked
    const text = sql<boolean>`strpos(lower(concat_ws(' ', id, name, namespace)), lower(${q})) > 0`;
    return this.db
      .selectFrom('data_product')
      .$if(q !== '', (query) => query.where(text))
      .$if(state !== undefined, (query) => query.where('state', '=', state ?? 'ready'));
  }

  /** Every product that is not deleted. */
  living(): Promise<Pick<DataProductRow, 'id' | 'kind'>[]> {
    return this.db
      .selectFrom('data_product')
      .select(['id', 'kind'])
      .where('state', '!=', 'deleted')
      .execute();
  }

  /** The product's row, created if there is none. A deleted product that is back starts over. */
  async ensure({ kind, id }: ProductRef, db: Executor = this.db): Promise<DataProductRow> {
    return db
      .insertInto('data_product')
      .values({ id, kind })
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet({
          state: sql<'pending'>`case when ${BACK} then 'pending' else data_product.state end`,
          deleting: sql<boolean>`data_product.deleting and not (${BACK})`,
          removal_confirmed_at: sql<Date | null>`case when not (${BACK}) then data_product.removal_confirmed_at end`,
          data_waits: sql<boolean>`data_product.data_waits and not (${BACK})`,
          last_error: sql<string | null>`case when data_product.state = 'deleted' and not (${BACK})
            then 'it is back, but its namespace now belongs to another data product' else data_product.last_error end`,
        }),
      )
      .returningAll()
      .executeTakeFirstOrThrow();
  }

  /** Stores what the portal, or a delivery, currently says about the product. */
  async describe(
    id: string,
    said: Partial<Pick<DataProductRow, 'name' | 'portal_namespace' | 'deleting' | 'deletion_told'>>,
    db: Executor = this.db,
  ): Promise<void> {
    await db.updateTable('data_product').set(said).where('id', '=', id).execute();
  }

  /** Sets namespace and prefix permanently. False: they are set, or another product, even a deleted one, has the prefix for its data. */
  async pin(id: string, namespace: string, prefix: string): Promise<boolean> {
    const result = await this.db
      .updateTable('data_product')
      .set({ namespace, prefix, state: 'pending', last_error: null })
      .where('id', '=', id)
      .where('namespace', 'is', null)
      .where((eb) =>
        eb.not(
          eb.exists(
            eb.selectFrom('data_product as other').select('other.id').where('other.prefix', '=', prefix),
          ),
        ),
      )
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  async change(
    id: string,
    change: Partial<
      Pick<
        DataProductRow,
        | 'state'
        | 'subject_name'
        | 'finalizer'
        | 'project'
        | 'ready_set'
        | 'last_error'
        | 'data_waits'
        | 'next_look_at'
        | 'assets_registered'
        | 'assets_problem'
        | 'assets_tried_at'
        | 'database_role'
        | 'database_made'
        | 'database_problem'
        | 'schema_registered'
        | 'schema_unregistered_why'
        | 'schema_tried_at'
        | 'port_registered'
        | 'port_unregistered_why'
        | 'port_tried_at'
      >
    > & {
      /** JSON */
      approvals?: string;
      reconciled?: true;
      deleted?: true;
    },
    db: Executor = this.db,
  ): Promise<void> {
    const { reconciled, deleted, ...set } = change;
    if (deleted) await this.claims.forget(id, db);
    await db
      .updateTable('data_product')
      .set({
        ...set,
        ...(reconciled ? { last_reconciled_at: NOW } : {}),
        // a product that is back is no longer missing
        ...(set.state === 'ready' ? { ...NOT_MISSING, removal_confirmed_at: null } : {}),
        ...(deleted ? { ...NOT_MISSING, ...FORGOTTEN, state: 'deleted', deleted_at: NOW } : {}),
      })
      .where('id', '=', id)
      .execute();
  }

  /** Products with a port whose end date has passed; each is returned only once. */
  takeDue(db: Executor): Promise<Pick<DataProductRow, 'id' | 'kind'>[]> {
    return db
      .updateTable('data_product')
      .set({ next_look_at: null })
      .where('next_look_at', '<=', NOW)
      .where('state', '!=', 'deleted')
      .returning(['id', 'kind'])
      .execute();
  }

  /** Milliseconds until the next end; undefined if there is none. */
  async nextDueMs(): Promise<number | undefined> {
    const { ms } = await this.db
      .selectFrom('data_product')
      .select(
        sql<number | string | null>`extract(epoch from min(next_look_at) - clock_timestamp()) * 1000`.as(
          'ms',
        ),
      )
      .executeTakeFirstOrThrow();
    return ms === null ? undefined : Number(ms);
  }

  /** Records that a consumer may read a port of the provider, based on deliveries only. */
  async allow({ providerId, outputPortId, consumerId }: Port, db: Executor): Promise<void> {
    await db
      .insertInto('data_product_port')
      .values({ provider_id: providerId, output_port_id: outputPortId, consumer_id: consumerId })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  /** Deletes the entries that match the provider, port or consumer; returns the consumers that lost access. */
  async disallow(port: Partial<Port>, db: Executor): Promise<string[]> {
    const rows = await db
      .deleteFrom('data_product_port')
      .where((eb) =>
        eb.and([
          ...(port.providerId === undefined ? [] : [eb('provider_id', '=', port.providerId)]),
          ...(port.outputPortId === undefined ? [] : [eb('output_port_id', '=', port.outputPortId)]),
          ...(port.consumerId === undefined ? [] : [eb('consumer_id', '=', port.consumerId)]),
        ]),
      )
      .returning('consumer_id')
      .execute();
    return [...new Set(rows.map(({ consumer_id }) => consumer_id))];
  }

  /** Ports that a consumer may read, based on deliveries only. */
  portsOf(
    consumerId: string,
  ): Promise<Pick<Selectable<DataProductPortTable>, 'provider_id' | 'output_port_id' | 'updated_at'>[]> {
    return this.db
      .selectFrom('data_product_port')
      .select(['provider_id', 'output_port_id', 'updated_at'])
      .where('consumer_id', '=', consumerId)
      .execute();
  }
}
