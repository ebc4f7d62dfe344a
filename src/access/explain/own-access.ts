import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import type { SubjectKind, SubjectRow } from '../../database/schema.js';
import {
  EVERYONE,
  EVERYONE_GROUP,
  minioGroup,
  readersGroup,
  userNameOfPrincipal,
} from '../../policy/names.js';
import { homeOwner, homePaths, isBelow, isCovered, type LakePath } from '../../policy/paths.js';
import { viaOf } from '../grants/effective-access.js';
import { documentsOf } from '../desired/desired.js';
import { type Membership, MembershipsStore } from '../memberships/memberships.store.js';
import { type Grantee, type GroupSize, type HeldGrant, ReachStore } from './reach.store.js';
import type { OwnHolding } from './judge.js';

/** A user or group that a grant, or the own home, may let reach a path; without an id only the home counts. */
export interface OwnCandidate {
  kind: SubjectKind;
  name: string;
  id?: string;
  /** It is an owner of the path, or with `below` of a home below it. */
  isOwner: boolean;
}

/** A group, its size, and whether the one who asks may see who is in it. */
export interface SizedGroup extends GroupSize {
  row: SubjectRow;
}

const EVERYONE_KEY = { kind: 'group', name: EVERYONE } as const;

/** What this service gives to people: the documents that MinIO should hold, with the grants behind them. */
@Injectable()
export class OwnAccess {
  constructor(
    private readonly reach: ReachStore,
    private readonly memberships: MembershipsStore,
    private readonly config: AppConfig,
  ) {}

  /** The user in whose home the path lies; undefined for a path outside every home. */
  ownerOf(path: LakePath): string | undefined {
    return homeOwner(path, this.config.lake);
  }

  homesOf(userName: string): LakePath[] {
    return homePaths(this.config.lake, userName);
  }

  /** All with a grant on the path or above it, and its owner; `below`: also on anything below, and the owners of homes below. Each once. */
  async candidates(path: LakePath, below: boolean): Promise<OwnCandidate[]> {
    const found = new Map<string, OwnCandidate>();
    for (const name of await this.ownersAt(path, below))
      found.set(keyOf({ kind: 'user', name }), { kind: 'user', name, isOwner: true });
    for (const grantee of await this.reach.grantees(path, below)) {
      const key = keyOf(grantee);
      const isOwner = found.has(key) || (grantee.kind === 'user' && below && this.containsHomes(path));
      found.set(key, { ...grantee, isOwner });
    }
    return [...found.values()];
  }

  /** The groups of these names, with their sizes, by name. `viewer`: who asks. */
  async groups(names: readonly string[], viewer: string): Promise<ReadonlyMap<string, SizedGroup>> {
    const rows = await this.rows(names.map((name) => ({ kind: 'group', name })));
    const ids = [...rows.values()].map(({ id }) => id);
    const sizes = new Map((await this.reach.sizes(ids, viewer)).map((size) => [size.group_id, size]));
    const empty = { count: 0, readers_only: false, sees: false };
    return new Map(
      [...rows.values()].map((row) => [row.name, { row, group_id: row.id, ...empty, ...sizes.get(row.id) }]),
    );
  }

  /**
   * What candidates hold there; nothing of one that is not active, or whose name now belongs to another subject. Two statements, however many
   * they are.
   */
  async holdingsAt(
    candidates: readonly OwnCandidate[],
    { path, below, groups }: { path: LakePath; below: boolean; groups: ReadonlyMap<string, SizedGroup> },
  ): Promise<ReadonlyMap<OwnCandidate, OwnHolding[]>> {
    const rows = await this.rows(candidates);
    const live = candidates.flatMap((candidate) => {
      const row = rows.get(keyOf(candidate));
      const isSame = candidate.id === undefined || candidate.id === row?.id;
      return row?.status === 'active' && isSame ? [{ candidate, row }] : [];
    });
    const held = await this.held(live.map(({ row }) => row));
    return new Map(
      live.map(({ candidate, row }) => {
        const all = held(row);
        const { isOwner, id } = candidate;
        const holdings = isOwner ? [this.holding(row, 'owner', all, [])] : [];
        // an owner needs no grant for a path in their own home
        if (id !== undefined && (!isOwner || below)) {
          const there = all.filter((grant) => isCovered(path, grant) || (below && isWithin(grant, path)));
          holdings.push(this.holding(row, viaOf(row), all, there, groups.get(row.name)?.readers_only));
        }
        return [candidate, holdings];
      }),
    );
  }

  /** Everything that the user holds directly and through groups, with all grants behind it. */
  async all(user: SubjectRow): Promise<OwnHolding[]> {
    const [own, ...more] = await this.heldBy(user);
    return own ? [{ ...own, via: 'owner', grants: [] }, own, ...more] : [];
  }

  /** What the user holds directly and through groups; `withGroup`: as if the user were a member of that one, too. */
  async of(user: SubjectRow, path: LakePath, withGroup?: SubjectRow): Promise<OwnHolding[]> {
    const holdings = await this.heldBy(user, withGroup);
    const isOwner = this.ownerOf(path) === user.name;
    return holdings.map((holding, index) => ({
      ...holding,
      via: index === 0 && isOwner ? 'owner' : holding.via,
      grants: holding.grants.filter((grant) => isCovered(path, grant)),
    }));
  }

  membershipsOf({ id }: Pick<SubjectRow, 'id'>): Promise<Membership[]> {
    return this.memberships.groupsOf(id);
  }

  /** The MinIO groups that the user should be in. */
  async minioGroupsOf(user: Pick<SubjectRow, 'id'>): Promise<string[]> {
    const memberships = await this.memberships.groupsOf(user.id);
    const groups = memberships.map(({ group_name, role }) =>
      role === 'reader' ? readersGroup(group_name) : minioGroup(group_name),
    );
    return [...groups, EVERYONE_GROUP];
  }

  /** The members of a group who are not disabled, by name. */
  async membersOf({ id }: SubjectRow): Promise<{ user_name: string; role: string }[]> {
    const members = await this.memberships.membersOf(id);
    return members
      .filter(({ status }) => status === 'active')
      .map(({ user_name, role }) => ({ user_name, role }));
  }

  /** Of the user, then of each of the groups, with all grants. Three statements, however many groups. */
  private async heldBy(user: SubjectRow, withGroup?: SubjectRow): Promise<OwnHolding[]> {
    const memberships = await this.memberships.groupsOf(user.id);
    const names = memberships.map(({ group_name }) => group_name);
    const rows = await this.rows([EVERYONE_KEY, ...names.map((name) => ({ kind: 'group' as const, name }))]);
    const groups = memberships.flatMap(({ group_id, group_name, role }) => {
      const row = rows.get(keyOf({ kind: 'group', name: group_name }));
      return row?.id === group_id ? [{ row, reads: role === 'reader' }] : [];
    });
    for (const row of [rows.get(keyOf(EVERYONE_KEY)), withGroup]) if (row) groups.push({ row, reads: false });
    const held = await this.held([user, ...groups.map(({ row }) => row)]);
    return [{ row: user, reads: false }, ...groups].map(({ row, reads }) => {
      const all = held(row);
      return this.holding(row, viaOf(row), all, all, reads);
    });
  }

  /** The owners of the homes in which the path lies, or, with `below`, of those below it. */
  private async ownersAt(path: LakePath, below: boolean): Promise<string[]> {
    const owner = this.ownerOf(path);
    if (owner !== undefined || !below) return owner === undefined ? [] : [owner];
    if (!this.containsHomes(path)) return [];
    return (await this.memberships.principals()).flatMap((principal) => userNameOfPrincipal(principal) ?? []);
  }

  private containsHomes(path: LakePath): boolean {
    return this.homesOf('x').some((home) => isBelow(home, path));
  }

  private async rows(keys: readonly Omit<Grantee, 'id'>[]): Promise<ReadonlyMap<string, SubjectRow>> {
    const rows = keys.length === 0 ? [] : await this.reach.rows(keys);
    return new Map(rows.map((row) => [keyOf(row), row]));
  }

  private async held(rows: readonly SubjectRow[]): Promise<(row: SubjectRow) => HeldGrant[]> {
    const grants = rows.length === 0 ? [] : await this.reach.held(rows.map(({ id }) => id));
    const byGrantee = Map.groupBy(grants, ({ grantee_id }) => grantee_id);
    return ({ id }) => byGrantee.get(id) ?? [];
  }

  /** `all`: the grants in its documents; `behind`: those of them that are shown, if their time is not over. */
  private holding(
    row: SubjectRow,
    via: string,
    all: readonly HeldGrant[],
    behind: readonly HeldGrant[],
    reads = false,
  ): OwnHolding {
    const grants = behind.filter(({ ended }) => !ended);
    return { via, grants, documents: documentsOf(row, all, this.config, reads) };
  }
}

function keyOf({ kind, name }: Omit<Grantee, 'id'>): string {
  return `${kind}:${name}`;
}

function isWithin(grant: HeldGrant, { bucket, prefix }: LakePath): boolean {
  return grant.bucket === bucket && grant.prefix.startsWith(`${prefix}/`);
}
