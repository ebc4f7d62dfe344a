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
import { homeOwner, homePaths, isBelow, type LakePath } from '../../policy/paths.js';
import { viaOf } from '../grants/effective-access.js';
import type { Desired, WantedDocuments } from '../desired/desired.js';
import { DesiredState } from '../desired/desired-state.js';
import { Subjects } from '../subjects/subjects.js';
import type { NamedGrant } from '../grants/grant-lookups.store.js';
import { type Membership, MembershipsStore } from '../memberships/memberships.store.js';
import { type Grantee, ReachStore } from './reach.store.js';
import type { OwnHolding } from './judge.js';

/** A user or group that a grant, or the own home, may let reach a path; without an id only the home counts. */
export type OwnCandidate = Pick<Grantee, 'kind' | 'name'> & { id?: string };

/** What this service gives to people: the documents that MinIO should hold, with the grants behind them. */
@Injectable()
export class OwnAccess {
  constructor(
    private readonly subjects: Subjects,
    private readonly desired: DesiredState,
    private readonly grants: ReachStore,
    private readonly memberships: MembershipsStore,
    private readonly config: AppConfig,
  ) {}

  /** The user in whose home the path lies; undefined for a path outside every home. */
  ownerOf(path: LakePath): string | undefined {
    return homeOwner(path, this.config.lake);
  }

  find(kind: SubjectKind, name: string | undefined): Promise<SubjectRow | undefined> {
    return name === undefined ? Promise.resolve(undefined) : this.subjects.find({ kind, name });
  }

  homesOf(userName: string): LakePath[] {
    return homePaths(this.config.lake, userName);
  }

  /** All with a grant on the path or above it, and its owner; `below`: also on anything below, and the owners of homes below. Each once. */
  async candidates(path: LakePath, below: boolean): Promise<OwnCandidate[]> {
    const found = new Map<string, OwnCandidate>();
    for (const name of await this.ownersAt(path, below)) found.set(`user:${name}`, { kind: 'user', name });
    for (const grantee of await this.grants.grantees(path, below))
      found.set(`${grantee.kind}:${grantee.name}`, grantee);
    return [...found.values()];
  }

  /** What a candidate holds there; empty for one that is not active, or if the name now belongs to another subject. */
  async holdingsAt({ kind, name, id }: OwnCandidate, path: LakePath, below: boolean): Promise<OwnHolding[]> {
    const row = await this.find(kind, name);
    if (row?.status !== 'active' || (id !== undefined && row.id !== id)) return [];
    const isOwner = kind === 'user' && (await this.ownersAt(path, below, name)).includes(name);
    const holdings = isOwner ? [await this.holding(row, 'owner', [])] : [];
    // an owner needs no grant for a path in their own home
    if (id === undefined || (isOwner && !below)) return holdings;
    const reads = row.kind === 'group' && row.name !== EVERYONE && (await this.hasReadersOnly(row));
    return [
      ...holdings,
      await this.holding(row, viaOf(row), await this.grants.of(row.id, path, below), reads),
    ];
  }

  /** Everything that the user holds directly and through groups, with all grants behind it. */
  async all(user: SubjectRow): Promise<OwnHolding[]> {
    const memberships = await this.memberships.groupsOf(user.id);
    const everyone = await this.find('group', EVERYONE);
    const ids = [user.id, ...memberships.map(({ group_id }) => group_id), ...(everyone ? [everyone.id] : [])];
    const grants = Map.groupBy(await this.grants.held(ids), ({ grantee_id }) => grantee_id);
    const own = await this.holding(user, `user ${user.name}`, grants.get(user.id) ?? []);
    const holdings = [{ ...own, via: 'owner', grants: [] }, own];
    for (const { group_id, group_name, role } of memberships) {
      const row = await this.find('group', group_name);
      if (row?.id === group_id)
        holdings.push(await this.holding(row, viaOf(row), grants.get(group_id) ?? [], role === 'reader'));
    }
    if (everyone) holdings.push(await this.holding(everyone, EVERYONE, grants.get(everyone.id) ?? []));
    return holdings;
  }

  /** What the user holds directly and through groups; `withGroup`: as if the user were a member of that one, too. */
  async of(user: SubjectRow, path: LakePath, withGroup?: SubjectRow): Promise<OwnHolding[]> {
    const grants = await this.grants.covering(path);
    const of = (row: SubjectRow): NamedGrant[] => grants.filter(({ grantee_id }) => grantee_id === row.id);
    const own = this.ownerOf(path) === user.name;
    const holdings = [await this.holding(user, own ? 'owner' : `user ${user.name}`, of(user))];
    for (const { group_name, role } of await this.memberships.groupsOf(user.id)) {
      const row = await this.find('group', group_name);
      if (row) holdings.push(await this.holding(row, `group ${group_name}`, of(row), role === 'reader'));
    }
    for (const row of [await this.find('group', EVERYONE), withGroup])
      if (row) holdings.push(await this.holding(row, viaOf(row), of(row)));
    return holdings;
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

  /** The members of the group that are not disabled. Of `everyone` only the number: it contains all users. */
  async membersOf(
    row: SubjectRow,
  ): Promise<{ count: number; members: { user_name: string; role: string }[] }> {
    if (row.name === EVERYONE) return { count: (await this.memberships.principals()).length, members: [] };
    const members = (await this.memberships.membersOf(row.id)).filter(({ status }) => status === 'active');
    return {
      count: members.length,
      members: members.map(({ user_name, role }) => ({ user_name, role })),
    };
  }

  /** The owners of the homes in which the path lies, or, with `below`, of those below it; `name`: restricts the answer to this user. */
  private async ownersAt(path: LakePath, below: boolean, name?: string): Promise<string[]> {
    const owner = this.ownerOf(path);
    if (owner !== undefined || !below) return owner === undefined ? [] : [owner];
    if (!this.homesOf('x').some((home) => isBelow(home, path))) return [];
    if (name !== undefined) return [name];
    return (await this.memberships.principals()).flatMap((principal) => userNameOfPrincipal(principal) ?? []);
  }

  private async hasReadersOnly(row: SubjectRow): Promise<boolean> {
    const { members } = await this.membersOf(row);
    return members.length > 0 && members.every(({ role }) => role === 'reader');
  }

  private async holding(
    row: SubjectRow,
    via: string,
    grants: readonly NamedGrant[],
    reads = false,
  ): Promise<OwnHolding> {
    return { via, grants, documents: documentsOf(await this.desired.of(row), reads) };
  }
}

function documentsOf(desired: Desired, reads: boolean): WantedDocuments {
  if (desired.kind === 'user') return desired.documents;
  return reads ? (desired.readers?.documents ?? new Map()) : desired.main.documents;
}
