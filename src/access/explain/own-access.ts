import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import type { SubjectKind, SubjectRow } from '../../database/schema.js';
import { EVERYONE, MEMBERS_OF_ALL, minioGroup, readersGroup } from '../../policy/names.js';
import { homeOwner, type LakePath } from '../../policy/paths.js';
import { viaOf } from '../change/reach.js';
import type { Desired, WantedDocuments } from '../desired/desired.js';
import { DesiredState } from '../desired/desired-state.js';
import { Subjects } from '../desired/subjects.js';
import { GrantsStore, type NamedGrant } from '../store/grants.store.js';
import { type Membership, MembershipsStore } from '../store/memberships.store.js';
import type { OwnHolding } from './judge.js';

/** What this service gives to people: the documents that MinIO should hold, with the grants behind them. */
@Injectable()
export class OwnAccess {
  constructor(
    private readonly subjects: Subjects,
    private readonly desired: DesiredState,
    private readonly grants: GrantsStore,
    private readonly memberships: MembershipsStore,
    private readonly config: AppConfig,
  ) {}

  /** The user in whose home the path lies; nothing for a path in nobody's. */
  ownerOf(path: LakePath): string | undefined {
    return homeOwner(path, this.config.lake);
  }

  find(kind: SubjectKind, name: string | undefined): Promise<SubjectRow | undefined> {
    return name === undefined ? Promise.resolve(undefined) : this.subjects.find({ kind, name });
  }

  /** The subjects that have a grant on the path or above it, and its owner, each with what it holds. */
  async at(path: LakePath): Promise<{ row: SubjectRow; holdings: OwnHolding[] }[]> {
    const found = new Map<string, { row: SubjectRow; holdings: OwnHolding[] }>();
    const owner = await this.find('user', this.ownerOf(path));
    if (owner?.status === 'active')
      found.set(owner.id, { row: owner, holdings: [await this.holding(owner, 'owner', [])] });
    const grants = await this.grants.covering(path);
    for (const [id, own] of Map.groupBy(grants, (grant) => grant.grantee_id)) {
      const first = own[0];
      const row = first && (await this.find(first.grantee_kind, first.grantee_name));
      if (row?.id !== id || row.status !== 'active' || found.has(id)) continue;
      const reads = row.kind === 'group' && row.name !== EVERYONE && (await this.hasReadersOnly(row));
      found.set(id, { row, holdings: [await this.holding(row, viaOf(row), own, reads)] });
    }
    return [...found.values()];
  }

  /** What the user holds, by itself and by its groups; `withGroup`: as if it were a member of that one, too. */
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
    return [...groups, MEMBERS_OF_ALL];
  }

  /** Who is in the group and not disabled. Of `everyone` only the number: it is everybody. */
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
