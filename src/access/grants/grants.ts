import { Injectable } from '@nestjs/common';
import { brokenRule } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import type { Executor, GrantRow, SubjectRow, WaitingShareRow } from '../../database/schema.js';
import { placeGrant, SHARD_CAPACITY, weightOf } from '../../policy/grants/grants.js';
import { formatPath, type LakePath, namesUser } from '../../policy/paths.js';
import { type GrantInput, type GrantsBefore, GrantsStore, type PresentGrant } from './grants.store.js';
import { GrantLookupsStore, type GrantPage, type NamedGrant } from './grant-lookups.store.js';
import { Touched } from '../memberships/touched.js';
import type { SubjectKey } from '../subjects/subject-key.js';
import { type MemberPlace, MemberPlacesStore } from './member-places.store.js';

export type { MemberPlace };

export type { GrantPage, NamedGrant };

/** Maximum number of grants from one owner to one grantee. */
export const MAX_GRANTS_OF_PAIR = 1000;

/** The access that a request wants for a subject. */
export interface GrantSpec {
  path: LakePath;
  permission: 'read' | 'write';
  expiresAt: Date | null;
  reason: string | null;
  origin: GrantRow['origin'];
  grantedBy: string;
  /** The group that gives it to each of its members. */
  sourceId?: string;
}

export type GrantOutcome = 'granted' | 'changed' | 'unchanged' | 'too_many';

/** Access for one subject; the owner is the user in whose home the path lies, if there is one. */
export interface NewGrant {
  grantee: SubjectRow;
  owner: SubjectRow | null;
  spec: GrantSpec;
}

/** The outcome of a requested grant; `narrowed`: the grantee may do less than before. */
export interface GrantResult {
  outcome: GrantOutcome;
  narrowed: boolean;
}

/** Gives and removes grants, in the caller's transaction and with the grantee's row locked. */
@Injectable()
export class Grants {
  constructor(
    private readonly store: GrantsStore,
    private readonly lookups: GrantLookupsStore,
    private readonly places: MemberPlacesStore,
    private readonly touched: Touched,
    private readonly config: AppConfig,
  ) {}

  /** Writes the grant; one on the same path and of the same origin is replaced. The caller increments the grantee's generation. */
  async grant(
    grantee: SubjectRow,
    owner: SubjectRow | null,
    spec: GrantSpec,
    trx: Executor,
  ): Promise<GrantResult> {
    const [given] = await this.grantAll([{ grantee, owner, spec }], trx);
    return given ?? { outcome: 'unchanged', narrowed: false };
  }

  /** Writes all of them, each on another path, of another origin or to another grantee; the answers are in their order. Two statements. */
  async grantAll(grants: readonly NewGrant[], trx: Executor): Promise<GrantResult[]> {
    if (grants.length === 0) return [];
    const before = await this.store.before(grants.map(placeOf), trx);
    const loads = new Map<string, Map<number, number>>();
    const counts = new Map<string, number>();
    const rows: GrantInput[] = [];
    const given = grants.map((one, index): GrantResult => {
      const { present: recorded, given: count, loads: weights } = before[index] as GrantsBefore;
      const present = recorded?.has_ended ? null : recorded;
      const { grantee, owner, spec } = one;
      if (present && isSame(present, spec)) return { outcome: 'unchanged', narrowed: false };
      const pair = `${owner?.id ?? ''} ${grantee.id}`;
      const sofar = counts.get(pair) ?? count;
      if (!present && owner && sofar >= MAX_GRANTS_OF_PAIR) return { outcome: 'too_many', narrowed: false };
      if (!present) counts.set(pair, sofar + 1);
      const load = loads.get(grantee.id) ?? new Map(weights);
      loads.set(grantee.id, load);
      rows.push(this.place(one, recorded, load));
      return {
        outcome: present ? 'changed' : 'granted',
        narrowed: present !== null && isLess(present, spec),
      };
    });
    await this.store.put(rows, trx);
    return given;
  }

  /** The row of a new grant, in the document where it fits. Adds its weight to `load`, the weights of the documents. */
  private place(one: NewGrant, present: PresentGrant | null, load: Map<number, number>): GrantInput {
    const { permission, expiresAt, reason, grantedBy, sourceId } = one.spec;
    if (namesUser(one.spec.path.prefix)) throw new Error('a path with {user} is granted to nobody as it is');
    const grant = { ...one.spec.path, permission, ...(expiresAt ? { expiresAt } : {}) };
    const weight = weightOf(grant, this.config.lake.bucket);
    if (present) load.set(present.shard, (load.get(present.shard) ?? 0) - present.weight);
    const stays = present && (load.get(present.shard) ?? 0) + weight <= SHARD_CAPACITY;
    const shard = stays ? present.shard : placeGrant(weight, load);
    load.set(shard, (load.get(shard) ?? 0) + weight);
    return {
      ...placeOf(one),
      permission,
      reason,
      granted_by: grantedBy,
      expires_at: expiresAt,
      shard,
      weight,
      source_id: sourceId ?? null,
      earlier: present?.shard ?? null,
    };
  }

  /**
   * Removes an owner's shares of exactly this key, as folder and as object, from the grantees, and those that wait; `names`: for these people
   * only. Returns the ids of the grantees that had one, and the ended shares that waited.
   */
  async revoke(
    grantees: readonly SubjectRow[],
    owner: SubjectRow,
    { path, names }: { path: LakePath; names?: readonly string[] | undefined },
    trx: Executor,
  ): Promise<{ taken: Set<string>; waited: WaitingShareRow[] }> {
    const asked = new Set(grantees.map(({ id }) => id));
    const shares = await this.lookups.on(path, 'share', trx);
    const taken = shares.filter((each) => asked.has(each.grantee_id) && each.owner_id === owner.id);
    const ids = taken.map(({ id }) => id);
    const waited = await this.store.removeWith(ids, { ownerId: owner.id, path, names }, trx);
    return { taken: new Set(taken.map(({ grantee_id }) => grantee_id)), waited };
  }

  /** Removes one grant. The caller increments the grantee's generation. */
  removeOne(grant: GrantRow, trx: Executor): Promise<void> {
    return this.store.remove([grant.id], trx);
  }

  /** The same for several grants. */
  removeAll(grants: readonly GrantRow[], trx: Executor): Promise<void> {
    return this.store.remove(
      grants.map(({ id }) => id),
      trx,
    );
  }

  /** The paths that the group gives to each of its members. */
  placesOf(group: SubjectRow): Promise<MemberPlace[]> {
    return this.places.of(group.id);
  }

  /** Makes these the paths that the group gives to each of its members; whoever has one as a member gets or loses it with this transaction. */
  async replacePlaces(group: SubjectRow, specs: readonly GrantSpec[], trx: Executor): Promise<boolean> {
    const known = new Map(
      (await this.places.of(group.id, trx)).map((place) => [formatPath(place), place.permission]),
    );
    const wanted = new Map(specs.map((spec) => [formatPath(spec.path), spec]));
    const isSame =
      wanted.size === known.size &&
      [...wanted].every(([path, { permission }]) => known.get(path) === permission);
    if (isSame) return false;
    const rows = [...wanted.values()].map(({ path: { bucket, prefix, folder }, permission, grantedBy }) => ({
      ...{ bucket, prefix, folder, permission },
      granted_by: grantedBy,
    }));
    await this.places.replace(group.id, rows, trx);
    this.touched.note(trx, { groups: [group.id] });
    return true;
  }

  /** Removes every grant on exactly this key that the grantee has, or those of the given origins; false when there was none. */
  async revokeAll(
    grantee: SubjectRow,
    path: LakePath,
    origins: readonly GrantRow['origin'][],
    trx: Executor,
  ): Promise<boolean> {
    const present = await this.of(grantee, trx);
    const ids = present
      .filter(
        ({ bucket, prefix, origin }) =>
          bucket === path.bucket && prefix === path.prefix && origins.includes(origin),
      )
      .map(({ id }) => id);
    await this.store.remove(ids, trx);
    return ids.length > 0;
  }

  /**
   * Gives the group or data product exactly these grants of the origin; what is shared with it stays. `owners`: the owners of the homes
   * they lie in.
   */
  async replaceOwn(
    group: SubjectRow,
    specs: readonly { spec: GrantSpec; owner: SubjectRow | null }[],
    trx: Executor,
    origin: 'group' | 'data_product' = 'group',
  ): Promise<{ changed: boolean; narrowed: boolean }> {
    const present = (await this.store.of(group.id, trx)).filter((grant) => grant.origin === origin);
    const named = new Set(specs.map(({ spec }) => formatPath(spec.path)));
    const gone = present.filter((grant) => !named.has(formatPath(grant)));
    await this.store.remove(
      gone.map(({ id }) => id),
      trx,
    );
    let changed = gone.length > 0;
    let narrowed = changed;
    const wanted = [...new Map(specs.map((each) => [formatPath(each.spec.path), each])).values()];
    for (const given of await this.grantAll(
      wanted.map((each) => ({ grantee: group, ...each })),
      trx,
    )) {
      if (given.outcome === 'too_many')
        throw brokenRule('grants', `at most ${MAX_GRANTS_OF_PAIR} in one home`);
      changed ||= given.outcome !== 'unchanged';
      narrowed ||= given.narrowed;
    }
    return { changed, narrowed };
  }

  /** Assigns grants to data products in a home that were given before its owner existed to that owner. */
  adopt(owner: SubjectRow, home: { bucket: string; prefix: string }, trx: Executor): Promise<void> {
    return this.store.adopt(owner.id, home, 'data_product', trx);
  }

  /** Every grant to a subject that has not ended. */
  async of(subject: SubjectRow, trx?: Executor): Promise<GrantRow[]> {
    const now = Date.now();
    const grants = await this.store.of(subject.id, trx);
    return grants.filter(({ expires_at }) => expires_at === null || expires_at.getTime() > now);
  }

  /** Like {@link of}, with the names of the owners. */
  namedOf(subject: SubjectRow): Promise<NamedGrant[]> {
    return this.lookups.to(subject.id);
  }

  /** The grants that an owner gave in the home, with their grantees; a page in the order of ids. */
  given(owner: SubjectRow, page: GrantPage): Promise<NamedGrant[]> {
    return this.lookups.given(owner.id, page);
  }

  /** The grants to the subjects; a page in the order of ids. */
  received(granteeIds: readonly string[], page: GrantPage): Promise<NamedGrant[]> {
    return this.lookups.received(granteeIds, page);
  }

  /** With whom an owner shares exactly this key. */
  async sharedWith(ownerName: string, path: LakePath, trx: Executor): Promise<SubjectKey[]> {
    const shares = await this.lookups.on(path, 'share', trx);
    return shares
      .filter(({ owner_name }) => owner_name === ownerName)
      .map(({ grantee_kind: kind, grantee_name: name }) => ({ kind, name }));
  }
}

function placeOf({ grantee, owner, spec }: NewGrant) {
  const { bucket, prefix, folder } = spec.path;
  return {
    grantee_id: grantee.id,
    owner_id: owner?.id ?? null,
    bucket,
    prefix,
    folder,
    origin: spec.origin,
  };
}

function isSame(present: PresentGrant, spec: GrantSpec): boolean {
  return (
    present.permission === spec.permission &&
    present.reason === spec.reason &&
    present.expires_ms === (spec.expiresAt?.getTime() ?? null)
  );
}

function isLess(present: PresentGrant, { permission, expiresAt }: GrantSpec): boolean {
  const shorter = (expiresAt?.getTime() ?? Infinity) < (present.expires_ms ?? Infinity);
  return shorter || (present.permission === 'write' && permission === 'read');
}
