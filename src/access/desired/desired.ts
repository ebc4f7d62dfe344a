import type { GrantRow, SubjectRow } from '../../database/schema.js';
import type { PolicyDocument } from '../../madmin/types.js';
import { groupBaseDocument, type PolicyGrant, shardDocument } from '../../policy/grants.js';
import { guarded } from '../../policy/guards.js';
import { guestPolicy, homePolicy, ownPolicy } from '../../policy/home-policy.js';
import { EVERYONE, type PolicyKind, policyName, readersGroup } from '../../policy/names.js';
import {
  type Proof,
  proveGroupBase,
  proveGuest,
  proveHome,
  proveOwn,
  proveShard,
} from '../../policy/prove.js';
import type { Member } from '../memberships/memberships.store.js';

/** Where homes are. */
export interface LakeLocation {
  bucket: string;
  usersPrefix: string;
}

/** A document that MinIO should hold, and its proof: that it gives what the grants say and nothing else. */
export interface WantedDocument {
  document: PolicyDocument;
  prove: (now: Date) => Proof;
}

export type WantedDocuments = ReadonlyMap<string, WantedDocument>;

/** A user or a data product as MinIO should hold it: both are MinIO users. */
export interface DesiredUser {
  kind: 'user';
  row: SubjectRow;
  documents: WantedDocuments;
  /** The `everyone` group exists, and the user belongs to it. */
  everyone: boolean;
  /** Replaces unwanted documents that cannot be detached yet; it gives nothing. */
  nothing: WantedDocument;
}

/** One MinIO group: of a group's members and owners, or of its readers. */
export interface WantedGroup {
  /** Name of the MinIO group. */
  group: string;
  policyKind: PolicyKind;
  /** MinIO names of the members. */
  members: readonly string[];
  documents: WantedDocuments;
}

/** A group as MinIO should hold it: one MinIO group, and a second one while the group has readers. */
export interface DesiredGroup {
  kind: 'group';
  row: SubjectRow;
  main: WantedGroup;
  readers: WantedGroup | null;
  /** Members are added, never removed: `everyone` contains all users, and a member leaves when the user is removed. */
  addOnly: boolean;
}

export type Desired = DesiredUser | DesiredGroup;

/** The user as its row and its grants say. */
export function desiredUser(
  row: SubjectRow,
  grants: readonly GrantRow[],
  lake: LakeLocation,
  everyone: boolean,
): DesiredUser {
  const location = { ...lake, userName: row.name };
  const document = homePolicy(location);
  const home: WantedDocument = { document, prove: () => proveHome(document, location) };
  const documents = new Map([[policyName('user', row.name, 0), home]]);
  addShards(documents, 'user', row.name, grants);
  return { kind: 'user', row, documents, everyone, nothing: baseOf(lake.bucket) };
}

/** The data product as its row and its grants say. */
export function desiredProduct(row: SubjectRow, grants: readonly GrantRow[], bucket: string): DesiredUser {
  const documents = new Map([[policyName('dp', row.name, 0), ownDocument(row, bucket)]]);
  addShards(documents, 'dp', row.name, grants);
  return { kind: 'user', row, documents, everyone: false, nothing: baseOf(bucket) };
}

function ownDocument({ prefix }: SubjectRow, bucket: string): WantedDocument {
  if (prefix === null) {
    const document = guestPolicy(bucket);
    return { document, prove: () => proveGuest(document, bucket) };
  }
  const document = ownPolicy({ bucket, prefix });
  return { document, prove: () => proveOwn(document, { bucket, prefix, folder: true }) };
}

/** The group as its row, its grants and its members say. */
export function desiredGroup(
  row: SubjectRow,
  grants: readonly GrantRow[],
  members: readonly Pick<Member, 'principal' | 'role'>[],
  { bucket }: LakeLocation,
): DesiredGroup {
  const half = (group: string, policyKind: 'group' | 'readers', principals: string[]): WantedGroup => {
    const documents = new Map([[policyName(policyKind, row.name, 0), baseOf(bucket)]]);
    addShards(documents, policyKind, row.name, grants);
    return { group, policyKind, members: principals, documents };
  };
  const named = (reads: boolean): string[] =>
    members.filter(({ role }) => (role === 'reader') === reads).map(({ principal }) => principal);
  const readers = named(true);
  return {
    kind: 'group',
    row,
    main: half(row.principal, 'group', named(false)),
    readers: readers.length > 0 ? half(readersGroup(row.name), 'readers', readers) : null,
    addOnly: row.name === EVERYONE,
  };
}

/** Allows requests about the bucket itself, and nothing more. */
function baseOf(bucket: string): WantedDocument {
  const document = groupBaseDocument(bucket);
  return { document, prove: () => proveGroupBase(document, bucket) };
}

/** A grant in the form that the policy module uses. */
export function policyGrant({
  bucket,
  prefix,
  folder,
  permission,
  expires_at,
  owner_id,
}: GrantRow): PolicyGrant {
  return {
    bucket,
    prefix,
    folder,
    permission,
    ...(expires_at ? { expiresAt: expires_at } : {}),
    // grants of administrators and roles count as those of one owner
    ...(owner_id === null ? {} : { owner: owner_id }),
  };
}

function addShards(
  documents: Map<string, WantedDocument>,
  kind: PolicyKind,
  name: string,
  rows: readonly GrantRow[],
): void {
  const all = guarded(rows.map((row) => ({ ...policyGrant(row), shard: row.shard })));
  const lower = kind === 'readers';
  for (const [shard, grants] of Map.groupBy(all, (grant) => grant.shard)) {
    const tag = policyName(kind, name, shard);
    const expected = { grants, lower };
    const document = shardDocument(grants, { lower, tag });
    documents.set(tag, { document, prove: (now) => proveShard(document, { ...expected, now }) });
  }
}
