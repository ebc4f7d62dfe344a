import type { SubjectRow } from '../../database/schema.js';
import type { MadminClient } from '../../madmin/client.js';
import type { PolicyDocument, UserInfo } from '../../madmin/types.js';
import { policyKindOf } from '../subjects/subject-key.js';
import { type PolicyKind, policyName, readersGroup } from '../../policy/names.js';
import {
  type ObservedDocuments,
  type ObservedGroup,
  type ObservedMinioGroup,
  observeDocument,
  type ObservedUser,
  orNull,
} from '../plan/observe.js';

/** What MinIO holds of all users and groups, from two calls: each user's status, policies and groups, and each group's policies. */
export class Bulk {
  private constructor(
    private readonly client: MadminClient,
    /** By MinIO's name. */
    readonly users: ReadonlyMap<string, UserInfo>,
    /** Of MinIO groups that have any, disabled ones too. It may still be on its way: only groups need it. */
    readonly groupPolicies: Promise<ReadonlyMap<string, readonly string[]>>,
  ) {}

  /** Sequential: decrypting each answer takes 64 MB for a moment (Argon2id). Neither call takes MinIO's IAM lock for long. */
  static async read(client: MadminClient): Promise<Bulk> {
    const users = new Map(Object.entries(await client.users.list()));
    const groupPolicies = readGroupPolicies(client);
    // a sweep that fails before it is needed does not wait for it
    groupPolicies.catch(() => undefined);
    return new Bulk(client, users, groupPolicies);
  }

  /** As `observeUser`, with calls for its documents only, one at a time. */
  async user({ kind, name, principal, top_shard }: SubjectRow): Promise<ObservedUser> {
    const info = this.users.get(principal);
    const documents = await this.documents(policyKindOf(kind), name, top_shard);
    return {
      kind: 'user',
      user: info ? { status: info.status, policies: info.policies, groups: info.groups } : null,
      document: documents.get(policyName(policyKindOf(kind), name, 0)) ?? null,
      documents,
    };
  }

  /** As `observeGroup`. Only the group's own call says whether it is disabled, and names its members. */
  async group({ name, principal, top_shard }: SubjectRow): Promise<ObservedGroup> {
    const main = await this.minioGroup(principal, 'group', name, top_shard);
    return {
      kind: 'group',
      main,
      readers: await this.minioGroup(readersGroup(name), 'readers', name, top_shard),
    };
  }

  private async minioGroup(
    group: string,
    kind: PolicyKind,
    name: string,
    topShard: number,
  ): Promise<ObservedMinioGroup> {
    const info = await orNull(this.client.groups.info(group));
    const documents = await this.documents(kind, name, topShard);
    if (!info) return { name: group, group: null, documents };
    const { status, members } = info;
    // MinIO shows a disabled group without its policies
    const policies =
      status === 'enabled' ? info.policies : [...((await this.groupPolicies).get(group) ?? [])];
    return { name: group, group: { status, members, policies }, documents };
  }

  private async documents(kind: PolicyKind, name: string, topShard: number): Promise<ObservedDocuments> {
    const documents = new Map<string, PolicyDocument>();
    for (let shard = 0; shard <= topShard; shard++) {
      const policy = policyName(kind, name, shard);
      const document = await observeDocument(this.client, policy);
      if (document) documents.set(policy, document);
    }
    return documents;
  }
}

async function readGroupPolicies(client: MadminClient): Promise<ReadonlyMap<string, readonly string[]>> {
  const { policyMappings } = await client.policies.entities();
  const groupPolicies = new Map<string, string[]>();
  for (const { policy, groups } of policyMappings) {
    for (const group of groups) {
      const policies = groupPolicies.get(group);
      if (policies) policies.push(policy);
      else groupPolicies.set(group, [policy]);
    }
  }
  return groupPolicies;
}
