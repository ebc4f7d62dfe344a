import type { GrantRow, SubjectRow } from '../../database/schema.js';
import type { PolicyDocument } from '../../madmin/types.js';
import { groupBaseDocument, type PolicyGrant, shardDocument } from '../../policy/grants/grants.js';
import { type EndLimits, endLimits, endsOf, guarded } from '../../policy/guards.js';
import { guestPolicy, ownPolicy } from '../../policy/home-policy.js';
import { EVERYONE, type PolicyKind, policyName, readersGroup } from '../../policy/names.js';
import { homePaths, type HomeRoots } from '../../policy/paths.js';
import { type Proof, proveGroupBase, proveGuest, proveOwn, proveShard } from '../../policy/proof/prove.js';
import type { Member } from '../memberships/memberships.store.js';

/** Where homes are, and the bucket where most grants are. */
export interface LakeLocation extends HomeRoots {
  bucket: string;
}

/** A document that MinIO should hold, and its proof: that it gives what the grants say and nothing else. */
export interface WantedDocument {
  document: PolicyDocument;
  /** `held`: what MinIO holds under its name. */
  prove: (now: Date, held?: PolicyDocument) => Proof;
}

export type WantedDocuments = ReadonlyMap<string, WantedDocument>;

/** What all kinds of subjects have in common here. */
interface DesiredAny {
  row: SubjectRow;
  /** The latest ends that its documents state. */
  limits: EndLimits;
}

/** Only these documents of a subject are built; MinIO holds the others. */
export interface OnlyChanged {
  numbers: readonly number[];
  /** Numbers of all its documents that contain grants. */
  present: readonly number[];
  limits: EndLimits;
}

/** A user or a data product as MinIO should hold it: both are MinIO users. */
export interface DesiredUser extends DesiredAny {
  kind: 'user';
  documents: WantedDocuments;
  /** Names of further documents, which did not change. Absent: `documents` has all. */
  unchanged?: readonly string[];
  /** The `everyone` group exists, and the user belongs to it. */
  everyone: boolean;
  /** How many prefixes it owns. */
  homes: number;
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
  /** Names of further documents, which did not change. Absent: `documents` has all. */
  unchanged?: readonly string[];
}

/** A group as MinIO should hold it: one MinIO group, and a second one while the group has readers. */
export interface DesiredGroup extends DesiredAny {
  kind: 'group';
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
  only?: OnlyChanged,
): DesiredUser {
  const homes = homePaths(lake, row.name);
  const home = (): WantedDocument => {
    const document = ownPolicy(homes);
    return { document, prove: () => proveOwn(document, homes) };
  };
  const documents = documentsFor({ kind: 'user', name: row.name, base: lake.bucket }, home, grants, only);
  const nothing = baseOf(lake.bucket);
  return { kind: 'user', row, ...documents, everyone, homes: homes.length, nothing };
}

/** The data product as its row and its grants say. */
export function desiredProduct(
  row: SubjectRow,
  grants: readonly GrantRow[],
  bucket: string,
  only?: OnlyChanged,
): DesiredUser {
  const documents = documentsFor(
    { kind: 'dp', name: row.name, base: bucket },
    () => ownDocument(row, bucket),
    grants,
    only,
  );
  const homes = row.prefix === null ? 0 : 1;
  return { kind: 'user', row, ...documents, everyone: false, homes, nothing: baseOf(bucket) };
}

function ownDocument({ prefix }: SubjectRow, bucket: string): WantedDocument {
  if (prefix === null) {
    const document = guestPolicy(bucket);
    return { document, prove: () => proveGuest(document, bucket) };
  }
  const owned = [{ bucket, prefix, folder: true }];
  const document = ownPolicy(owned);
  return { document, prove: () => proveOwn(document, owned) };
}

/** The group as its row, its grants and its members say. */
export function desiredGroup(
  row: SubjectRow,
  grants: readonly GrantRow[],
  members: readonly Pick<Member, 'principal' | 'role'>[],
  { bucket }: Pick<LakeLocation, 'bucket'>,
  only?: OnlyChanged,
): DesiredGroup {
  const half = (group: string, policyKind: 'group' | 'readers', principals: string[]) => ({
    group,
    policyKind,
    members: principals,
    ...documentsFor({ kind: policyKind, name: row.name, base: bucket }, () => baseOf(bucket), grants, only),
  });
  const named = (reads: boolean): string[] =>
    members.filter(({ role }) => (role === 'reader') === reads).map(({ principal }) => principal);
  const readers = named(true);
  const main = half(row.principal, 'group', named(false));
  return {
    kind: 'group',
    row,
    limits: main.limits,
    main,
    readers: readers.length > 0 ? half(readersGroup(row.name), 'readers', readers) : null,
    addOnly: row.name === EVERYONE,
  };
}

/** The documents of a subject that has these grants, whoever is in it. `reads`: of a group, those of its readers. */
export function documentsOf(
  row: SubjectRow,
  grants: readonly GrantRow[],
  { lake, products }: { lake: LakeLocation; products: { bucket: string } },
  reads = false,
): WantedDocuments {
  if (row.kind === 'user') return desiredUser(row, grants, lake, false).documents;
  if (row.kind === 'data_product') return desiredProduct(row, grants, products.bucket).documents;
  const { main, readers } = desiredGroup(row, grants, reads ? [{ principal: '', role: 'reader' }] : [], lake);
  return (readers ?? main).documents;
}

/** Few buckets: the lake, and that of data products. */
const bases = new Map<string, WantedDocument>();

/** Allows requests about the bucket itself, and nothing more. Each subject has one: they share it. */
function baseOf(bucket: string): WantedDocument {
  const known = bases.get(bucket);
  if (known) return known;
  const document = groupBaseDocument(bucket);
  const base: WantedDocument = { document, prove: () => proveGroupBase(document, bucket) };
  bases.set(bucket, base);
  return base;
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

/** Whose documents they are; `base` is the bucket that the one without grants lets be asked about. */
interface Holder {
  kind: PolicyKind;
  name: string;
  base: string;
}

/** The documents of a user or group: `first` makes the one without grants. `rows`: all its grants, or those of the changed documents. */
function documentsFor(
  { kind, name, base }: Holder,
  first: () => WantedDocument,
  rows: readonly GrantRow[],
  only?: OnlyChanged,
): { documents: WantedDocuments; unchanged?: string[]; limits: EndLimits } {
  const grants = rows.map((row) => ({ ...policyGrant(row), shard: row.shard }));
  const limits = only?.limits ?? endLimits(endsOf(grants));
  const documents = new Map<string, WantedDocument>();
  if (!only) documents.set(policyName(kind, name, 0), first());
  addShards(documents, { kind, name, base }, guarded(grants, limits));
  if (!only) return { documents, limits };
  const unchanged = [0, ...only.present].filter((number) => !only.numbers.includes(number));
  return { documents, limits, unchanged: unchanged.map((number) => policyName(kind, name, number)) };
}

function addShards(
  documents: Map<string, WantedDocument>,
  { kind, name, base }: Holder,
  all: readonly (PolicyGrant & { shard: number })[],
): void {
  const lower = kind === 'readers';
  for (const [shard, grants] of Map.groupBy(all, (grant) => grant.shard)) {
    const tag = policyName(kind, name, shard);
    const expected = { grants, lower, base };
    const document = shardDocument(grants, { lower, tag, base });
    documents.set(tag, { document, prove: (now, held) => proveShard(document, { ...expected, now, held }) });
  }
}
