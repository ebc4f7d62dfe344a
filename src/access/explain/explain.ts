import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import type { SubjectKind } from '../../database/schema.js';
import type { SubjectRow } from '../../database/schema.js';
import { type AccessQuestion, reaches } from '../../policy/access-question.js';
import { EVERYONE } from '../../policy/names.js';
import { formatPath, homeOwner, type LakePath } from '../../policy/paths.js';
import { viaOf } from '../change/reach.js';
import type { Desired, WantedDocuments } from '../desired/desired.js';
import { DesiredState } from '../desired/desired-state.js';
import { Subjects } from '../desired/subjects.js';
import { GrantsStore, type NamedGrant } from '../store/grants.store.js';
import { MembershipsStore } from '../store/memberships.store.js';

type Action = AccessQuestion['action'];

/** One reason why somebody reaches a path. */
export interface Because {
  /** As whom: `owner`, `user bob`, `group KBase`, `everyone`. */
  via: string;
  /** The grant behind it; null for the own home. */
  grant: {
    path: string;
    permission: 'read' | 'write';
    granted_by: string;
    origin: string;
    expires_at: string | null;
  } | null;
  /** The policy document that says it, and which of its statements, from 0. */
  statement: { policy_name: string; index: number };
}

/** Somebody who reaches a path. */
export interface Reacher {
  user_name: string;
  permission: 'read' | 'write';
  because: Because[];
}

/** A set of documents that somebody holds, and as whom. */
interface Holding {
  via: string;
  documents: WantedDocuments;
  grants: readonly NamedGrant[];
}

/** Answers who reaches a path and why. */
@Injectable()
export class Explain {
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

  /** Everybody who reads or writes at the path, sorted by name; `everyone` stands for all users. */
  async reachers(path: LakePath): Promise<Reacher[]> {
    const found = new Map<string, Reacher>();
    const owner = await this.find('user', this.ownerOf(path));
    if (owner?.status === 'active')
      this.note(found, owner.name, await this.holding(owner, 'owner', []), path);
    const grants = await this.grants.covering(path);
    for (const [id, own] of Map.groupBy(grants, (grant) => grant.grantee_id)) {
      const first = own[0];
      const row = first && (await this.find(first.grantee_kind, first.grantee_name));
      if (row?.id === id && row.status === 'active') await this.noteSubject(found, row, own, path);
    }
    return [...found.values()].sort((a, b) => (a.user_name < b.user_name ? -1 : 1));
  }

  /** Why the user may do this now; empty: they may not. `withGroup`: as if they were a member of that group, too. */
  async reasons(
    user: SubjectRow,
    path: LakePath,
    action: Action,
    withGroup?: SubjectRow,
  ): Promise<Because[]> {
    if (user.status !== 'active') return [];
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
    return holdings.flatMap((holding) => this.because(holding, path, action));
  }

  private async noteSubject(
    found: Map<string, Reacher>,
    row: SubjectRow,
    grants: readonly NamedGrant[],
    path: LakePath,
  ): Promise<void> {
    if (row.kind !== 'group' || row.name === EVERYONE) {
      this.note(found, row.name, await this.holding(row, viaOf(row), grants), path);
      return;
    }
    const members = await this.memberships.membersOf(row.id);
    for (const reads of [false, true]) {
      const holding = await this.holding(row, viaOf(row), grants, reads);
      for (const { user_name, status, role } of members)
        if (status === 'active' && (role === 'reader') === reads) this.note(found, user_name, holding, path);
    }
  }

  private note(found: Map<string, Reacher>, name: string, holding: Holding, path: LakePath): void {
    for (const permission of ['write', 'read'] as const) {
      const because = this.because(holding, path, permission);
      if (because.length === 0) continue;
      const present = found.get(name) ?? { user_name: name, permission, because: [] };
      if (permission === 'write') present.permission = 'write';
      present.because.push(...because);
      found.set(name, present);
      return;
    }
  }

  private because({ via, documents, grants }: Holding, path: LakePath, action: Action): Because[] {
    const named = [...documents].map(([name, { document }]) => ({ name, document }));
    const answer = reaches(named, { ...path, action, now: new Date() });
    if (!answer.allowed || !answer.because) return [];
    const statement = { policy_name: answer.because.name, index: answer.because.statement };
    const wanted = action === 'write' || action === 'delete' ? 'write' : 'read';
    const behind = grants.filter(({ permission }) => wanted === 'read' || permission === 'write');
    if (via === 'owner' || behind.length === 0) return [{ via, grant: null, statement }];
    return behind.map((grant) => ({ via, grant: shown(grant), statement }));
  }

  private async holding(
    row: SubjectRow,
    via: string,
    grants: readonly NamedGrant[],
    reads = false,
  ): Promise<Holding> {
    return { via, grants, documents: documentsOf(await this.desired.of(row), reads) };
  }

  private find(kind: SubjectKind, name: string | undefined): Promise<SubjectRow | undefined> {
    return name === undefined ? Promise.resolve(undefined) : this.subjects.find({ kind, name });
  }
}

function documentsOf(desired: Desired, reads: boolean): WantedDocuments {
  if (desired.kind === 'user') return desired.documents;
  return reads ? (desired.readers?.documents ?? new Map()) : desired.main.documents;
}

function shown(grant: NamedGrant): NonNullable<Because['grant']> {
  const { permission, granted_by, origin, expires_at } = grant;
  return {
    path: formatPath(grant),
    permission,
    granted_by,
    origin,
    expires_at: expires_at?.toISOString() ?? null,
  };
}
