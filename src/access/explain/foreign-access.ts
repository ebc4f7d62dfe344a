import { Injectable } from '@nestjs/common';
import { MadminError } from '../../madmin/errors.js';
import type { GroupInfo } from '../../madmin/types.js';
import { MinioAdmin, storageUnavailable } from '../../minio/minio-admin.js';
import { minioGroup, parsePolicyName, principalOf, readersGroup } from '../../policy/names.js';
import type { AnyDocument } from '../../policy/foreign/weigh.js';
import { observeDocument, orNull, UNREADABLE } from '../plan/observe.js';
import { forEachConcurrently } from '../../common/work/concurrency.js';

/** A foreign policy and its content. */
export interface ForeignPolicy {
  policy_name: string;
  /** The MinIO group that gives it; absent: it is attached to the user. */
  group?: string;
  document: AnyDocument;
}

/** What MinIO gives to a user or a group beside the policies of this service. */
export interface Holding {
  /** Disabled in MinIO, or in a disabled group: that removes every right, including the grants of this service. */
  locked: boolean;
  policies: ForeignPolicy[];
}

/** The name of a policy, and what it is attached to. */
export type Attached = Omit<ForeignPolicy, 'document'>;

/** Every user and group with a foreign policy. */
export interface Overview {
  /** MinIO users with such policies, attached to them or to a group of theirs. */
  users: ReadonlyMap<string, Holding>;
  /** MinIO groups with such policies. */
  groups: ReadonlyMap<string, Holding & { memberCount: number; members: readonly string[] }>;
}

const CONCURRENCY = 8;

/**
 * Reads what foreign policies and groups in MinIO give to people. Each answer is read again; if MinIO is away, that is a problem, never
 * "none".
 */
@Injectable()
export class ForeignAccess {
  constructor(private readonly minio: MinioAdmin) {}

  /**
   * Of one MinIO user: a call for the user, one for each of its MinIO groups, one for each policy. `expected`: the MinIO groups that the
   * user should be in; the policies of this service in these are not foreign.
   */
  async ofUser(principal: string, expected: readonly string[] = []): Promise<Holding> {
    return this.answered(async () => {
      const { locked, attached } = await this.attachedTo(principal, expected);
      return { locked, policies: await this.documents(attached) };
    });
  }

  /** Throws when MinIO failed a call since the moment (of `performance.now()`): waiting for it again is then useless. */
  refuseIfAway(since: number): void {
    if (this.minio.failedSince(since)) throw storageUnavailable('MinIO does not answer');
  }

  /** The names of what {@link ofUser} reads. */
  namesOf(principal: string, expected: readonly string[] = []): Promise<Attached[]> {
    return this.answered(async () => (await this.attachedTo(principal, expected)).attached);
  }

  /** Of one MinIO group: what a member receives through it. */
  async ofGroup(group: string): Promise<Holding> {
    return this.answered(async () => {
      const info = await orNull(this.minio.client.groups.info(group));
      if (!info) return { locked: false, policies: [] };
      return { locked: info.status === 'disabled', policies: await this.documents(foreignIn(group, info)) };
    });
  }

  /** The same with the MinIO names of its members; undefined if there is no such group. */
  async groupWithMembers(group: string): Promise<(Holding & { members: readonly string[] }) | undefined> {
    return this.answered(async () => {
      const info = await orNull(this.minio.client.groups.info(group));
      if (!info) return undefined;
      const policies = await this.documents(foreignIn(group, info));
      return { locked: info.status === 'disabled', policies, members: info.members };
    });
  }

  /** Of all users and groups: one call for all mappings, one for each foreign policy in them, one for each group that has one. */
  async overview(): Promise<Overview> {
    return this.answered(async () => {
      const { policyMappings } = await this.minio.client.policies.entities();
      const ofUsers = new Map<string, Attached[]>();
      const ofGroups = new Map<string, Attached[]>();
      for (const { policy: policy_name, users, groups } of policyMappings) {
        for (const user of users) if (!isOf(policy_name, user)) add(ofUsers, user, { policy_name });
        for (const group of groups)
          if (!isOfGroup(policy_name, group)) add(ofGroups, group, { policy_name, group });
      }
      return this.joined(ofUsers, ofGroups);
    });
  }

  private async joined(
    ofUsers: ReadonlyMap<string, Attached[]>,
    ofGroups: ReadonlyMap<string, Attached[]>,
  ): Promise<Overview> {
    const all = [...ofUsers.values(), ...ofGroups.values()].flat();
    const documents = await this.read(new Set(all.map(({ policy_name }) => policy_name)));
    const filled = (list: readonly Attached[]): ForeignPolicy[] =>
      list.map((each) => ({ ...each, document: documents.get(each.policy_name) ?? null }));
    const users = new Map(
      [...ofUsers].map(([name, list]) => [name, { locked: false, policies: filled(list) }]),
    );
    const groups = new Map<string, Holding & { memberCount: number; members: readonly string[] }>();
    await forEachConcurrently([...ofGroups], CONCURRENCY, async ([group, list]) => {
      const info = await orNull(this.minio.client.groups.info(group));
      if (!info) return;
      const locked = info.status === 'disabled';
      const policies = filled(list);
      groups.set(group, { locked, policies, memberCount: info.members.length, members: info.members });
      for (const member of info.members) {
        const held = users.get(member) ?? { locked: false, policies: [] };
        users.set(member, { locked: held.locked || locked, policies: [...held.policies, ...policies] });
      }
    });
    return { users, groups };
  }

  private async attachedTo(
    principal: string,
    expected: readonly string[],
  ): Promise<{ locked: boolean; attached: Attached[] }> {
    const { client } = this.minio;
    const user = await orNull(client.users.info(principal));
    if (!user) return { locked: false, attached: [] };
    const attached = user.policies
      .filter((name) => !isOf(name, principal))
      .map((policy_name): Attached => ({ policy_name }));
    let locked = user.status === 'disabled';
    await forEachConcurrently(user.groups, CONCURRENCY, async (group) => {
      const info = await orNull(client.groups.info(group));
      if (!info) return;
      locked ||= info.status === 'disabled';
      attached.push(...foreignIn(group, info, expected.includes(group)));
    });
    return { locked, attached };
  }

  private async documents(attached: readonly Attached[]): Promise<ForeignPolicy[]> {
    const documents = await this.read(new Set(attached.map(({ policy_name }) => policy_name)));
    return attached.map((each) => ({ ...each, document: documents.get(each.policy_name) ?? null }));
  }

  /** Each policy once. A policy that is gone meanwhile gives nothing; one that cannot be read may give anything (null). */
  private async read(names: ReadonlySet<string>): Promise<Map<string, AnyDocument>> {
    const documents = new Map<string, AnyDocument>();
    await forEachConcurrently([...names], CONCURRENCY, async (name) => {
      const document = await observeDocument(this.minio.client, name).catch((error: unknown) => {
        if (!(error instanceof MadminError) || error.retryable) throw error;
        return UNREADABLE;
      });
      if (document === UNREADABLE) documents.set(name, null);
      else documents.set(name, document ?? { Version: '2012-10-17', Statement: [] });
    });
    return documents;
  }

  private async answered<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      throw this.minio.toProblem(error);
    }
  }
}

/** Whether this service gives this policy to this MinIO user. */
function isOf(policy: string, principal: string): boolean {
  const parsed = parsePolicyName(policy);
  if (parsed?.kind === 'user') return principalOf(parsed.name) === principal;
  return parsed?.kind === 'dp' && parsed.name === principal;
}

function isOfGroup(policy: string, group: string): boolean {
  const parsed = parsePolicyName(policy);
  if (parsed?.kind === 'group') return minioGroup(parsed.name) === group;
  return parsed?.kind === 'readers' && readersGroup(parsed.name) === group;
}

/** `isMember` false: a user with the group's own policies attached directly has them beside what should hold. */
function foreignIn(group: string, { policies }: GroupInfo, isMember = true): Attached[] {
  return policies
    .filter((name) => !isMember || !isOfGroup(name, group))
    .map((policy_name) => ({ policy_name, group }));
}

function add(lists: Map<string, Attached[]>, name: string, entry: Attached): void {
  const list = lists.get(name);
  if (list) list.push(entry);
  else lists.set(name, [entry]);
}
