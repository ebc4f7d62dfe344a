import { Injectable } from '@nestjs/common';
import { DesiredState } from '../../access/desired/desired-state.js';
import { UserAccess } from '../../access/explain/user-access.js';
import { type Membership, Memberships } from '../../access/memberships/memberships.js';
import { AppConfig } from '../../config/app-config.js';
import type { SubjectRow } from '../../database/schema.js';
import { formatPath, homePaths } from '../../policy/paths.js';
import { KbaseError } from '../errors/kbase-error.js';
import { kbaseName, KbaseGroups, readersName } from '../groups/kbase-groups.js';
import { type KbasePolicy, kbasePolicy } from './policies.js';

/** A user as KBase shows one; never with a secret. */
export interface KbaseUser {
  username: string;
  access_key: string;
  secret_key: null;
  home_paths: string[];
  groups: string[];
  user_policies: KbasePolicy[];
  group_policies: KbasePolicy[];
  total_policies: number;
  accessible_paths: string[];
}

/** What a user has. */
export interface KbasePolicies {
  home: KbasePolicy;
  system: KbasePolicy;
  groups: KbasePolicy[];
}

/** Reads what the caller has and reaches. */
@Injectable()
export class WorkspaceReader {
  constructor(
    private readonly memberships: Memberships,
    private readonly groups: KbaseGroups,
    private readonly desired: DesiredState,
    private readonly access: UserAccess,
    private readonly config: AppConfig,
  ) {}

  async me(userName: string): Promise<KbaseUser> {
    const { row, groups } = await this.userOf(userName);
    const [{ home, system, groups: ofGroups }, accessible_paths] = await Promise.all([
      this.policiesOf(row, groups),
      this.pathsOf(row),
    ]);
    return {
      ...this.known(row, groups),
      user_policies: [home, system],
      group_policies: ofGroups,
      total_policies: 2 + ofGroups.length,
      accessible_paths,
    };
  }

  /** The user without policies, and with no other paths than the homes: for lists. */
  brief(row: SubjectRow, groups: readonly Membership[]): KbaseUser {
    const known = this.known(row, groups);
    const none = { user_policies: [], group_policies: [], total_policies: 0 };
    return { ...known, ...none, accessible_paths: known.home_paths };
  }

  async groupNames(userName: string): Promise<string[]> {
    return namesOf(await this.memberships.groupsOfName(userName));
  }

  async policies(userName: string): Promise<KbasePolicies> {
    const { row, groups } = await this.userOf(userName);
    return this.policiesOf(row, groups);
  }

  async paths(userName: string): Promise<string[]> {
    return this.pathsOf((await this.userOf(userName)).row);
  }

  private known(row: SubjectRow, groups: readonly Membership[]) {
    return {
      username: row.name,
      access_key: row.principal,
      secret_key: null,
      home_paths: homePaths(this.config.lake, row.name).map(formatPath),
      groups: namesOf(groups),
    };
  }

  private async userOf(userName: string) {
    const found = await this.memberships.userWithGroups(userName);
    if (!found) throw new KbaseError('user', `User ${userName} not found`);
    return found;
  }

  /** The first document of a user is of its homes; KBase's second policy has whatever else was granted. */
  private async policiesOf(row: SubjectRow, groups: readonly Membership[]): Promise<KbasePolicies> {
    const [own, ofGroups] = await Promise.all([
      this.desired.of(row),
      Promise.all(groups.map((each) => this.policyOf(each))),
    ]);
    const all = own.kind === 'user' ? [...own.documents.values()].map(({ document }) => document) : [];
    return {
      home: kbasePolicy(`user-home-policy-${row.name}`, all.slice(0, 1)),
      system: kbasePolicy(`user-system-policy-${row.name}`, all.slice(1)),
      groups: ofGroups.flatMap((each) => each ?? []),
    };
  }

  private async policyOf({ group_name: name, role }: Membership): Promise<KbasePolicy | undefined> {
    const row = await this.groups.group(name);
    const desired = row && (await this.desired.of(row));
    if (desired?.kind !== 'group') return undefined;
    const { documents } = (role === 'reader' ? desired.readers : undefined) ?? desired.main;
    const kbase = role === 'reader' ? readersName(name) : name;
    return kbasePolicy(
      `group-policy-${kbase}`,
      [...documents.values()].map(({ document }) => document),
    );
  }

  /** KBase writes every path as a folder. */
  private async pathsOf(row: SubjectRow): Promise<string[]> {
    const paths = await this.access.paths(row, { after: '', limit: Infinity, inFull: false });
    return [...new Set(paths.map(({ path }) => (/[/*]$/.test(path) ? path : `${path}/`)))].sort();
  }
}

function namesOf(groups: readonly Membership[]): string[] {
  return groups.map(({ group_name, role }) => kbaseName(group_name, role)).sort();
}
