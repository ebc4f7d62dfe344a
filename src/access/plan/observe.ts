import { Problem } from '../../common/problems/problem.js';
import type { MadminClient } from '../../madmin/client.js';
import { MadminError } from '../../madmin/errors.js';
import type { PolicyDocument } from '../../madmin/types.js';
import type { SubjectRow } from '../../database/schema.js';
import { policyKindOf } from '../subjects/subject-key.js';
import { parsePolicyName, type PolicyKind, policyName, readersGroup } from '../../policy/names.js';

/** The documents of one subject that MinIO holds, by name. */
export type ObservedDocuments = ReadonlyMap<string, PolicyDocument>;

/** What MinIO holds of a user. */
export interface ObservedUser {
  kind: 'user';
  /** Null: there is no such MinIO user. */
  user: { status: 'enabled' | 'disabled'; policies: string[]; groups: string[] } | null;
  /** Its first document, `mgr:user:{name}:0`: this service made every user that has one. */
  document: PolicyDocument | null;
  documents: ObservedDocuments;
}

/** What MinIO holds of one of its groups. */
export interface ObservedMinioGroup {
  name: string;
  /** Null: there is no such MinIO group. */
  group: { status: 'enabled' | 'disabled'; policies: string[]; members: string[] } | null;
  documents: ObservedDocuments;
}

/** What MinIO holds of a group: the MinIO group of its members and owners, and the one of its readers. */
export interface ObservedGroup {
  kind: 'group';
  main: ObservedMinioGroup;
  readers: ObservedMinioGroup;
}

export type Observed = ObservedUser | ObservedGroup;

/** The numbers of all documents that MinIO may hold of a subject. */
export function documentsUpTo(topShard: number): number[] {
  return Array.from({ length: topShard + 1 }, (_, number) => number);
}

/** Reads what MinIO holds of a user or a data product: its status, and its documents of these numbers; all concurrently. */
export async function observeUser(
  client: MadminClient,
  { kind, name, principal }: Pick<SubjectRow, 'kind' | 'name' | 'principal'>,
  numbers: readonly number[] = [0],
): Promise<ObservedUser> {
  const policyKind = policyKindOf(kind);
  const [user, documents] = await Promise.all([
    orNull(client.users.info(principal)),
    observeDocuments(client, policyKind, name, numbers),
  ]);
  return {
    kind: 'user',
    user: user && { status: user.status, policies: user.policies, groups: user.groups },
    document: documents.get(policyName(policyKind, name, 0)) ?? null,
    documents,
  };
}

/** Reads what MinIO holds of a group and of its readers. */
export async function observeGroup(
  client: MadminClient,
  name: string,
  group: string,
  numbers: readonly number[],
): Promise<ObservedGroup> {
  const [main, readers] = await Promise.all([
    observeMinioGroup(client, name, 'group', group, numbers),
    observeMinioGroup(client, name, 'readers', readersGroup(name), numbers),
  ]);
  return { kind: 'group', main, readers };
}

async function observeMinioGroup(
  client: MadminClient,
  name: string,
  kind: PolicyKind,
  group: string,
  numbers: readonly number[],
): Promise<ObservedMinioGroup> {
  const [info, documents] = await Promise.all([
    orNull(client.groups.info(group)),
    observeDocuments(client, kind, name, numbers),
  ]);
  if (!info) return { name: group, group: null, documents };
  const { status, members } = info;
  const policies = status === 'enabled' ? info.policies : await policiesOfDisabled(client, group);
  return { name: group, group: { status, members, policies }, documents };
}

/** MinIO shows a disabled group without its policies. */
async function policiesOfDisabled(client: MadminClient, group: string): Promise<string[]> {
  const { groupMappings } = await client.policies.entities({ groups: [group] });
  return groupMappings.find((mapping) => mapping.group === group)?.policies ?? [];
}

async function observeDocuments(
  client: MadminClient,
  kind: PolicyKind,
  name: string,
  numbers: readonly number[],
): Promise<ObservedDocuments> {
  const names = numbers.map((number) => policyName(kind, name, number));
  const found = await Promise.all(names.map((each) => observeDocument(client, each)));
  return new Map(found.flatMap((document, index) => (document ? [[names[index] ?? '', document]] : [])));
}

/** Stands for a document that MinIO holds and cannot show: it equals no wanted document, so it is replaced. */
export const UNREADABLE: PolicyDocument = {
  ID: 'MinIO cannot show it',
  Version: '2012-10-17',
  Statement: [],
};

/**
 * A document, or null. Some releases of MinIO accept a statement with NotAction, enforce it, and then always fail to write it as JSON: such
 * a document must not prevent the repair of its subject.
 */
export async function observeDocument(client: MadminClient, name: string): Promise<PolicyDocument | null> {
  try {
    const { document } = await client.policies.info(name);
    return isObject(document) ? document : UNREADABLE;
  } catch (error) {
    if (!(error instanceof MadminError)) throw error;
    if (error.code === 'not_found') return null;
    if (error.code === 'internal' && /MarshalJSON/.test(error.reason ?? '')) return UNREADABLE;
    throw error;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Names of attached policies that this service did not make. */
export function foreignPolicies(attached: readonly string[]): string[] {
  return attached.filter((name) => parsePolicyName(name) === undefined);
}

/** The answer, or null if MinIO says that it does not exist. */
export async function orNull<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof MadminError && error.code === 'not_found') return null;
    throw error;
  }
}

/**
 * Throws when MinIO still has the access key of a session or of a user. MinIO answers 200 to a deletion that its drives refused, forgets
 * the key, and accepts it again as soon as it is used: so the key is looked up in MinIO's storage.
 */
export async function mustBeGone(client: MadminClient, accessKey: string): Promise<void> {
  if (await client.sts.load(accessKey))
    throw new Problem('storage_error', 'MinIO still has an access key whose removal it confirmed');
}
