import { Injectable } from '@nestjs/common';
import { brokenRule } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import type { Executor, GrantRow, SubjectRow } from '../../database/schema.js';
import { placeGrant, SHARD_CAPACITY, weightOf } from '../../policy/grants.js';
import { formatPath, type LakePath } from '../../policy/paths.js';
import { type GrantInput, type GrantPage, GrantsStore, type NamedGrant } from '../store/grants.store.js';
import { SubjectsStore } from '../store/subjects.store.js';
import type { SubjectKey } from '../subject-key.js';

/** At most so many grants from one owner to one grantee. */
export const MAX_GRANTS_OF_PAIR = 1000;

/** Access that somebody is to have. */
export interface GrantWish {
  path: LakePath;
  permission: 'read' | 'write';
  expiresAt: Date | null;
  reason: string | null;
  origin: GrantRow['origin'];
  grantedBy: string;
}

export type GrantOutcome = 'granted' | 'changed' | 'unchanged' | 'too_many';

/** Gives and takes grants, in the caller's transaction and with the grantee's row locked. */
@Injectable()
export class Grants {
  constructor(
    private readonly store: GrantsStore,
    private readonly subjects: SubjectsStore,
    private readonly config: AppConfig,
  ) {}

  /** Writes the grant; one on the same path and of the same origin is replaced. Bumping the grantee is the caller's. */
  async give(
    grantee: SubjectRow,
    owner: SubjectRow | null,
    wish: GrantWish,
    trx: Executor,
  ): Promise<{ outcome: GrantOutcome; narrowed: boolean }> {
    const { path, permission, expiresAt, origin } = wish;
    const present = (await this.store.on(path, origin, trx)).find(
      (each) => each.grantee_id === grantee.id && each.folder === path.folder,
    );
    if (present && isSame(present, wish)) return { outcome: 'unchanged', narrowed: false };
    if (!present && owner && (await this.store.count(owner.id, grantee.id, trx)) >= MAX_GRANTS_OF_PAIR)
      return { outcome: 'too_many', narrowed: false };
    const grant = { ...path, permission, ...(expiresAt ? { expiresAt } : {}) };
    const weight = weightOf(grant, this.config.lake.bucket);
    const loads = await this.store.loads(grantee.id, trx);
    if (present) loads.set(present.shard, (loads.get(present.shard) ?? 0) - present.weight);
    const stays = present && (loads.get(present.shard) ?? 0) + weight <= SHARD_CAPACITY;
    const shard = stays ? present.shard : placeGrant(weight, loads);
    const row: GrantInput = {
      grantee_id: grantee.id,
      owner_id: owner?.id ?? null,
      bucket: path.bucket,
      prefix: path.prefix,
      folder: path.folder,
      permission,
      origin,
      reason: wish.reason,
      granted_by: wish.grantedBy,
      expires_at: expiresAt,
      shard,
      weight,
    };
    await this.store.put(row, trx);
    await this.subjects.raiseTopShard(grantee.id, shard, trx);
    return {
      outcome: present ? 'changed' : 'granted',
      narrowed: present !== undefined && isLess(present, wish),
    };
  }

  /** Takes an owner's share of exactly this key, as a folder and as an object, from the grantee; false when there was none. */
  async take(grantee: SubjectRow, owner: SubjectRow, path: LakePath, trx: Executor): Promise<boolean> {
    const shares = await this.store.on(path, 'share', trx);
    const ids = shares
      .filter((each) => each.grantee_id === grantee.id && each.owner_id === owner.id)
      .map(({ id }) => id);
    await this.store.remove(ids, trx);
    return ids.length > 0;
  }

  /** Takes one grant. Bumping the grantee is the caller's. */
  removeOne(grant: GrantRow, trx: Executor): Promise<void> {
    return this.store.remove([grant.id], trx);
  }

  /** Takes every grant on exactly this key that the grantee has, or those of the origins; false when there was none. */
  async takeAll(
    grantee: SubjectRow,
    path: LakePath,
    origins: readonly GrantRow['origin'][],
    trx: Executor,
  ): Promise<boolean> {
    const present = await this.store.of(grantee.id, trx);
    const ids = present
      .filter(
        ({ bucket, prefix, origin }) =>
          bucket === path.bucket && prefix === path.prefix && origins.includes(origin),
      )
      .map(({ id }) => id);
    await this.store.remove(ids, trx);
    return ids.length > 0;
  }

  /** The group, or the data product, is to have exactly these grants of the origin; what is shared with it stays. `owners`: the users whose homes they lie in. */
  async replaceOwn(
    group: SubjectRow,
    wishes: readonly { wish: GrantWish; owner: SubjectRow | null }[],
    trx: Executor,
    origin: 'group' | 'data_product' = 'group',
  ): Promise<{ changed: boolean; narrowed: boolean }> {
    const present = (await this.store.of(group.id, trx)).filter((grant) => grant.origin === origin);
    const named = new Set(wishes.map(({ wish }) => formatPath(wish.path)));
    const gone = present.filter((grant) => !named.has(formatPath(grant)));
    await this.store.remove(
      gone.map(({ id }) => id),
      trx,
    );
    let changed = gone.length > 0;
    let narrowed = changed;
    for (const { wish, owner } of wishes) {
      const given = await this.give(group, owner, wish, trx);
      if (given.outcome === 'too_many')
        throw brokenRule('grants', `at most ${MAX_GRANTS_OF_PAIR} in one home`);
      changed ||= given.outcome !== 'unchanged';
      narrowed ||= given.narrowed;
    }
    return { changed, narrowed };
  }

  /** What data products were given in a home before its owner came is the owner's. */
  adopt(owner: SubjectRow, home: { bucket: string; prefix: string }, trx: Executor): Promise<void> {
    return this.store.adopt(owner.id, home, 'data_product', trx);
  }

  /** Every grant to a subject that has not ended. */
  async of(subject: SubjectRow, trx?: Executor): Promise<GrantRow[]> {
    const now = Date.now();
    const grants = await this.store.of(subject.id, trx);
    return grants.filter(({ expires_at }) => expires_at === null || expires_at.getTime() > now);
  }

  /** What an owner gave away of the home, and whom; a page in the order of ids. */
  given(owner: SubjectRow, page: GrantPage): Promise<NamedGrant[]> {
    return this.store.given(owner.id, page);
  }

  /** What the subjects were given; a page in the order of ids. */
  received(granteeIds: readonly string[], page: GrantPage): Promise<NamedGrant[]> {
    return this.store.received(granteeIds, page);
  }

  /** With whom an owner shares exactly this key. */
  async sharedWith(ownerName: string, path: LakePath, trx: Executor): Promise<SubjectKey[]> {
    const shares = await this.store.on(path, 'share', trx);
    return shares
      .filter(({ owner_name }) => owner_name === ownerName)
      .map(({ grantee_kind: kind, grantee_name: name }) => ({ kind, name }));
  }
}

function isSame(present: GrantRow, wish: GrantWish): boolean {
  return (
    present.permission === wish.permission &&
    present.reason === wish.reason &&
    present.expires_at?.getTime() === wish.expiresAt?.getTime()
  );
}

function isLess(present: GrantRow, { permission, expiresAt }: GrantWish): boolean {
  const shorter = (expiresAt?.getTime() ?? Infinity) < (present.expires_at?.getTime() ?? Infinity);
  return shorter || (present.permission === 'write' && permission === 'read');
}
