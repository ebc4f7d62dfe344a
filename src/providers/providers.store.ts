import { Injectable } from '@nestjs/common';
import { type Insertable, sql } from 'kysely';
import type { Files } from '../documents/model.js';
import { NOW } from '../database/sql/clock.js';
import { Database, type Executor, type ProviderRow } from '../database/schema.js';
import type { ProviderTable } from '../database/tables/work/provider-tables.js';

/** A version that a load has read and checked. */
export interface LoadedVersion {
  digest: string;
  commit: string | null;
  /** What starts its workflows by itself. */
  events: string[];
  files: Files;
}

/** How a load ended: with a version, or with an error that is shown at the provider. */
export type LoadResult = { loaded: LoadedVersion } | { error: object };

/** Where a provider comes from; what the row says besides follows from loads. */
export type Registration = Pick<
  Insertable<ProviderTable>,
  'name' | 'team' | 'team_id' | 'source' | 'git_url' | 'ref' | 'path' | 'pin' | 'token_ref' | 'registered_by'
> & { verify: { signers: string[] } | null };

/** Providers and their versions. */
@Injectable()
export class ProvidersStore {
  constructor(private readonly db: Database) {}

  /** All providers, by name. */
  all(db: Executor = this.db): Promise<ProviderRow[]> {
    return db.selectFrom('provider').selectAll().orderBy('name').execute();
  }

  find(name: string, db: Executor = this.db): Promise<ProviderRow | undefined> {
    return db.selectFrom('provider').selectAll().where('name', '=', name).executeTakeFirst();
  }

  /** Those in Git that a load may move: not those with a pin. By name. */
  movable(db: Executor = this.db): Promise<ProviderRow[]> {
    return db
      .selectFrom('provider')
      .selectAll()
      .where('source', '=', 'git')
      .where('pin', 'is', null)
      .orderBy('name')
      .execute();
  }

  /** Lets one transaction at a time ask for loads of these: the others see what it has asked for. */
  async lock(names: readonly string[], trx: Executor): Promise<void> {
    await trx
      .selectFrom('provider')
      .select('name')
      .where('name', 'in', names)
      .orderBy('name')
      .forUpdate()
      .execute();
  }

  /** Whether one of {@link movable} was last loaded so long ago, and no provision of the subject that loads them waits or runs. */
  async isReloadDue(seconds: number, subject: string, trx: Executor): Promise<boolean> {
    const { rows } = await sql<{ due: boolean }>`
      select exists (
        select from provider where source = 'git' and pin is null
          and loaded_at < clock_timestamp() - ${seconds}::float8 * interval '1 second'
      ) and not exists (
        select from provision where subject = ${subject} and status in ('pending', 'processing')) as due`.execute(
      trx,
    );
    return rows[0]?.due ?? false;
  }

  /** The files of a version. */
  async files(provider: string, digest: string): Promise<Files> {
    const { files } = await this.db
      .selectFrom('provider_version')
      .select('files')
      .where('provider', '=', provider)
      .where('digest', '=', digest)
      .executeTakeFirstOrThrow();
    return new Map(Object.entries(files));
  }

  /** Adds a provider with what its first load gave. Undefined: the name is taken. */
  async add(
    { verify, ...registration }: Registration,
    result: LoadResult,
    db: Executor,
  ): Promise<ProviderRow | undefined> {
    if ('loaded' in result) await this.keep(registration.name, result.loaded, db);
    return db
      .insertInto('provider')
      .values({ ...registration, verify: verify && JSON.stringify(verify), ...columnsOf(result) })
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .executeTakeFirst();
  }

  /**
   * Records how a load ended. Undefined, and nothing is recorded: another load of the provider has ended since `before` was read, or the
   * provider is gone.
   */
  async record(
    before: Pick<ProviderRow, 'name' | 'loads' | 'created_at'>,
    result: LoadResult,
    db: Executor,
  ): Promise<ProviderRow | undefined> {
    const { name, loads } = before;
    if ('loaded' in result) await this.keep(name, result.loaded, db);
    return (
      db
        .updateTable('provider')
        .set({ ...columnsOf(result), loads: loads + 1, loaded_at: NOW })
        .where('name', '=', name)
        .where('loads', '=', loads)
        // the column is finer than a Date
        .where(sql<Date>`date_trunc('milliseconds', created_at)`, '=', before.created_at)
        .returningAll()
        .executeTakeFirst()
    );
  }

  /** Removes a provider; its versions stay, for the runs that refer to them. */
  async remove(name: string, db: Executor): Promise<ProviderRow | undefined> {
    return db.deleteFrom('provider').where('name', '=', name).returningAll().executeTakeFirst();
  }

  private async keep(
    provider: string,
    { digest, commit, files }: LoadedVersion,
    db: Executor,
  ): Promise<void> {
    await db
      .insertInto('provider_version')
      .values({ provider, digest, commit, files: JSON.stringify(Object.fromEntries(files)) })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** A load that failed says nothing of the version: what was current stays so. */
function columnsOf(result: LoadResult) {
  if ('error' in result) return { status: 'failed' as const, error: JSON.stringify(result.error) };
  const { digest, commit, events } = result.loaded;
  return { status: 'ready' as const, error: null, digest, commit, events };
}
