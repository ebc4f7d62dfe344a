import { Injectable } from '@nestjs/common';
import { type Actor, SYSTEM } from '../../common/caller.js';
import { Database, type Executor, type SubjectRow, type WaitingShareRow } from '../../database/schema.js';
import { formatPath } from '../../policy/paths.js';
import { AwaitedUsers, type NewSubject } from '../subjects/new-subject.store.js';
import { SubjectsStore } from '../subjects/subjects.store.js';
import { type GrantSpec, Grants, MAX_GRANTS_OF_PAIR } from './grants.js';
import type { GrantPage } from './grant-lookups.store.js';
import { type WaitingOutcome, WaitingSharesStore } from './waiting-shares.store.js';

export type { WaitingOutcome };

/** A share that waits. */
export type Waiting = WaitingShareRow;

/** Shares that may wait for one owner, whoever the grantees: their names cost nothing. */
const MAX_OF_OWNER = 10_000;
/** Paths that one audit event names. */
const MAX_NAMED = 100;

/** Keeps shares with people who have not logged in yet, and gives them at the first login. */
@Injectable()
export class WaitingShares extends AwaitedUsers {
  constructor(
    private readonly db: Database,
    private readonly store: WaitingSharesStore,
    private readonly subjects: SubjectsStore,
    private readonly grants: Grants,
  ) {
    super();
  }

  /** Until the transaction ends, none of these people logs in for the first time. Call it before the first lock on a row. */
  hold(names: readonly string[], trx: Executor): Promise<void> {
    return this.store.hold(names, trx);
  }

  /** Records the share with each of these people, whose names are held. A share of the same path is replaced. By name. */
  async record(
    names: readonly string[],
    owner: SubjectRow,
    { path, permission, reason, grantedBy, expiresAt }: GrantSpec,
    trx: Executor,
  ): Promise<Map<string, WaitingOutcome>> {
    if (names.length === 0) return new Map();
    const share = { permission, reason, granted_by: grantedBy, expires_at: expiresAt };
    const limits = { ofPair: MAX_GRANTS_OF_PAIR, ofOwner: MAX_OF_OWNER };
    const outcomes = await this.store.put({ path, names, owner_id: owner.id, ...share }, limits, trx);
    return new Map(outcomes.map((each) => [each.grantee_name, each]));
  }

  /** The shares that an owner gave; a page in the order of ids. */
  given(owner: SubjectRow, page: GrantPage): Promise<WaitingShareRow[]> {
    return this.store.given(owner.id, page);
  }

  override create(
    input: NewSubject,
    actor: Actor,
    action: string,
    trx?: Executor,
  ): Promise<SubjectRow | undefined> {
    const work = (db: Executor): Promise<SubjectRow | undefined> => this.createIn(db, input, actor, action);
    return trx ? work(trx) : this.db.transaction().execute(work);
  }

  /** Ends up to `limit` shares that nobody came for in time, or whose own end has come. Returns their number. */
  async expire(limit: number, trx: Executor): Promise<number> {
    const ended = await this.store.expire(limit, trx);
    for (const [owner, shares] of Map.groupBy(ended, ({ owner_name }) => owner_name))
      for (const [name, those] of Map.groupBy(shares, ({ grantee_name }) => grantee_name))
        await this.note('waiting_share.ended', { owner, name, shares: those }, SYSTEM, trx);
    return ended.length;
  }

  /** The user and the shares, in the caller's transaction: with the row, the shares are there. */
  private async createIn(
    trx: Executor,
    input: NewSubject,
    actor: Actor,
    action: string,
  ): Promise<SubjectRow | undefined> {
    await this.store.hold([input.name], trx);
    const { row } = await this.subjects.create(input, { actor, action }, trx);
    if (!row) return undefined;
    // owners are locked before their shares, as by those who end them
    const owners = await this.store.ownersOf(input.name, trx);
    const shares = await this.store.take(input.name, trx);
    const given = await this.give(row, owners, shares, trx);
    for (const owner of owners) {
      const own = shares.filter(({ owner_id }) => owner_id === owner.id);
      const of = { owner: owner.name, name: row.name };
      const [got, lost] = [own.filter((each) => given.has(each)), own.filter((each) => !given.has(each))];
      await this.note('waiting_share.given', { ...of, shares: got }, actor, trx);
      await this.note('waiting_share.dropped', { ...of, shares: lost }, actor, trx);
    }
    const changed = { all: [row.id], revoked: [], onlyGrants: [row.id] };
    const [now] = await this.subjects.incrementGeneration(changed, trx);
    return now ?? row;
  }

  /** Makes grants of the shares of active owners. Returns those that became one. */
  private async give(
    grantee: SubjectRow,
    owners: readonly SubjectRow[],
    shares: readonly WaitingShareRow[],
    trx: Executor,
  ): Promise<Set<WaitingShareRow>> {
    const active = new Map(owners.filter(({ status }) => status === 'active').map((each) => [each.id, each]));
    const wanted = shares.flatMap((share) => {
      const owner = active.get(share.owner_id);
      return owner ? [{ share, grant: { grantee, owner, spec: specOf(share) } }] : [];
    });
    const results = await this.grants.grantAll(
      wanted.map(({ grant }) => grant),
      trx,
    );
    const given = wanted.filter((_, index) => results[index]?.outcome === 'granted');
    return new Set(given.map(({ share }) => share));
  }

  private async note(
    action: string,
    { owner, name, shares }: { owner: string; name: string; shares: readonly WaitingShareRow[] },
    actor: Actor,
    trx: Executor,
  ): Promise<void> {
    if (shares.length === 0) return;
    const paths = shares.slice(0, MAX_NAMED).map(formatPath);
    const detail = { target: `user ${name}`, paths, count: shares.length };
    await this.subjects.record({ kind: 'user', name: owner }, actor, { action, detail }, trx);
  }
}

function specOf(share: WaitingShareRow): GrantSpec {
  const { bucket, prefix, folder, permission, reason, granted_by, expires_at } = share;
  const path = { bucket, prefix, folder };
  return { path, permission, expiresAt: expires_at, reason, origin: 'share', grantedBy: granted_by };
}
