import { Injectable } from '@nestjs/common';
import { Problem } from '../../common/problems/problem.js';
import type { Actor } from '../../common/caller.js';
import { appendAudit, type AuditEntry } from '../../database/sql/audit-event.js';
import { Database, type Executor, type ProviderRow } from '../../database/schema.js';
import { type LoadResult, ProvidersStore, type Registration } from '../providers.store.js';
import { problemOf } from './load-failure.js';
import { ProviderReader } from './provider-reader.js';

/** How often a load begins again because another one ended before it. */
const MAX_TRIES = 10;

/** Loads providers and makes them current. */
@Injectable()
export class ProviderLoads {
  constructor(
    private readonly db: Database,
    private readonly store: ProvidersStore,
    private readonly reader: ProviderReader,
  ) {}

  /** Registers a provider and loads it. Nothing is registered if it cannot be loaded: the problem says why. */
  async register(registration: Registration, actor: Actor): Promise<ProviderRow> {
    if (await this.store.find(registration.name)) throw taken();
    const result = await this.reader.read(registration);
    if (result.error) throw problemOf(result.error);
    return this.db.transaction().execute(async (trx) => {
      const row = await this.store.add(registration, result, trx);
      if (!row) throw taken();
      await appendAudit(trx, actor, eventOf('provider.registered', row));
      return row;
    });
  }

  /** Loads the provider again. Throws the problem of a load that failed, which is recorded; the last good version stays. */
  async reload(row: ProviderRow, actor: Actor): Promise<ProviderRow> {
    for (let tries = 1; tries <= MAX_TRIES; tries++) {
      const read = await this.reader.readCurrent(() => this.sameAs(row));
      if (!read) break;
      const { source: before, result } = read;
      const after = await this.db.transaction().execute((trx) => this.record(before, result, actor, trx));
      if (after && result.error) throw problemOf(result.error);
      if (after) return after;
    }
    throw new Problem('busy', 'The provider is being loaded or removed by others', { retryAfterSeconds: 2 });
  }

  /** Loads all of these, and makes what is new current at once. Failures are recorded at each provider. */
  async reloadAll(rows: readonly ProviderRow[], actor: Actor): Promise<void> {
    const results: { row: ProviderRow; result: LoadResult }[] = [];
    for (const row of rows) results.push({ row, result: await this.reader.read(row) });
    await this.db.transaction().execute(async (trx) => {
      for (const { row, result } of results) await this.record(row, result, actor, trx);
    });
  }

  /** Removes a provider. What it made stays, and so do the versions that runs refer to. */
  async remove(name: string, actor: Actor): Promise<void> {
    await this.db.transaction().execute(async (trx) => {
      const row = await this.store.remove(name, trx);
      if (row) await appendAudit(trx, actor, eventOf('provider.removed', row));
    });
  }

  /** The provider as it is now; undefined: it is gone, and one that has its name is another one. */
  private async sameAs({ name, created_at: made }: ProviderRow): Promise<ProviderRow | undefined> {
    const row = await this.store.find(name);
    return row?.created_at.getTime() === made.getTime() ? row : undefined;
  }

  private async record(
    before: ProviderRow,
    result: LoadResult,
    actor: Actor,
    trx: Executor,
  ): Promise<ProviderRow | undefined> {
    const after = await this.store.record(before, result, trx);
    const isNews =
      after &&
      (after.digest !== before.digest || after.commit !== before.commit || after.status !== before.status);
    if (isNews) await appendAudit(trx, actor, eventOf('provider.loaded', after));
    return after;
  }
}

function eventOf(action: string, row: ProviderRow): AuditEntry {
  const { name, source, status, digest, commit } = row;
  const detail = { source, status, digest, ...(commit === null ? {} : { commit }) };
  return { action, subject: { kind: 'provider', name }, detail };
}

function taken(): Problem {
  return new Problem('name_taken', 'A provider of this name is registered');
}
