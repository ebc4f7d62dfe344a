import type { PolicyDocument } from '../madmin/types.js';

/** A statement in canonical form: every set is an array. This service writes no other form. */
export interface CanonicalStatement {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  Action: string[];
  Resource?: string[];
  Condition?: Record<string, Record<string, string[]>>;
}

/** A document in canonical form; all PolicyDocuments with the same meaning have the same one. */
export interface CanonicalDocument {
  Version: '2012-10-17';
  Statement: CanonicalStatement[];
}

/** The largest body that MinIO accepts for a policy (`maxBucketPolicySize`); one byte more is 400 EntityTooLarge. */
export const MAX_DOCUMENT_BYTES = 20_480;

/** A document with something in it that this service never writes (NotAction, Principal, another version, …). */
export class UnreadablePolicyError extends Error {
  override readonly name = 'UnreadablePolicyError';
}

const STATEMENT_KEYS = new Set(['Sid', 'Effect', 'Action', 'Resource', 'Condition']);
const DOCUMENT_KEYS = new Set(['Version', 'Statement', 'Id', 'ID']);

/**
 * The canonical form of a document: every set is an array, sorted, without duplicates; statements are sorted and equal ones kept once;
 * dates are in whole seconds of UTC. MinIO returns documents with their sets in random order, and a single string may stand for a list.
 * Throws UnreadablePolicyError for anything unknown instead of dropping it: without its NotAction a widened document would look like one of
 * this service.
 */
export function normalise(doc: unknown): CanonicalDocument {
  const source = record(doc, 'document');
  refuseOtherKeys(source, DOCUMENT_KEYS);
  if (source.Version !== '2012-10-17') throw new UnreadablePolicyError('another version');
  const statements = list(source.Statement ?? [])
    .map(normaliseStatement)
    .map((statement) => ({ statement, meaning: meaningOf(statement) }))
    .sort((a, b) => compare(a.meaning, b.meaning) || compare(a.statement.Sid ?? '', b.statement.Sid ?? ''));
  return {
    Version: '2012-10-17',
    Statement: statements
      .filter(({ meaning }, index) => meaning !== statements[index - 1]?.meaning)
      .map(({ statement }) => statement),
  };
}

/**
 * Whether two documents say the same, whatever their order, duplicates, Sids and spelling. Sets are compared as sets; that `s3:Get*`
 * contains `s3:GetObject` is not considered. A document that cannot be read equals nothing, not even itself.
 */
export function equals(a: unknown, b: unknown): boolean {
  try {
    return isSameAsWritten(a, b) || meanings(a) === meanings(b);
  } catch (error) {
    if (error instanceof UnreadablePolicyError) return false;
    throw error;
  }
}

/** The canonical form, or the document as it is if it cannot be read: for people to read, never to be sent. */
export function readable(doc: unknown): unknown {
  try {
    return normalise(doc);
  } catch (error) {
    if (error instanceof UnreadablePolicyError) return doc;
    throw error;
  }
}

/** The canonical text of a document: what is sent to MinIO. Documents built in this folder are canonical already. */
export function serialise(doc: PolicyDocument): string {
  return JSON.stringify(normalise(doc));
}

/** The size that MinIO compares with MAX_DOCUMENT_BYTES: the bytes of what is sent. */
export function documentSize(doc: PolicyDocument): number {
  return Buffer.byteLength(serialise(doc));
}

/**
 * True only if both can be read and differ at most in the order within their sets: what a sweep finds nearly always, at a quarter of the
 * time that the canonical forms take. False says nothing.
 */
function isSameAsWritten(a: unknown, b: unknown): boolean {
  if (!isObject(a) || !isObject(b) || a.Version !== '2012-10-17' || b.Version !== '2012-10-17') return false;
  const [one, other] = [a.Statement, b.Statement];
  if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
  if (![a, b].every((doc) => Object.keys(doc).every((key) => DOCUMENT_KEYS.has(key)))) return false;
  return one.every((statement: unknown, index) => isSameStatement(statement, other[index]));
}

function isSameStatement(a: unknown, b: unknown): boolean {
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    (a.Effect === 'Allow' || a.Effect === 'Deny') &&
    keys.every((key) => STATEMENT_KEYS.has(key) && Object.hasOwn(b, key) && isSamePart(key, a[key], b[key]))
  );
}

function isSamePart(key: string, a: unknown, b: unknown): boolean {
  if (key === 'Condition') return isSameMap(a, b, (one, other) => isSameMap(one, other, isSameSet));
  if (key === 'Effect' || key === 'Sid') return typeof a === 'string' && a === b;
  return isSameSet(a, b);
}

function isSameMap(a: unknown, b: unknown, isSame: (a: unknown, b: unknown) => boolean): boolean {
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]))
  );
}

function isSameSet(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  if (!a.every((each) => typeof each === 'string')) return false;
  if (a.every((each, index) => each === b[index])) return true;
  const [one, other] = [a.toSorted(), b.toSorted()];
  return one.every((each, index) => each === other[index]);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function meanings(doc: unknown): string {
  return normalise(doc).Statement.map(meaningOf).join('\n');
}

function meaningOf(statement: CanonicalStatement): string {
  return JSON.stringify([statement.Effect, statement.Action, statement.Resource, statement.Condition]);
}

function normaliseStatement(value: unknown): CanonicalStatement {
  const source = record(value, 'statement');
  refuseOtherKeys(source, STATEMENT_KEYS);
  const { Sid, Effect } = source;
  if (Effect !== 'Allow' && Effect !== 'Deny')
    throw new UnreadablePolicyError('Effect is neither Allow nor Deny');
  if (Sid !== undefined && typeof Sid !== 'string') throw new UnreadablePolicyError('Sid is not a string');
  const Resource = stringSet(source.Resource ?? []);
  const Condition = normaliseCondition(source.Condition ?? {});
  return {
    ...(Sid ? { Sid } : {}),
    Effect,
    Action: stringSet(source.Action ?? []),
    ...(Resource.length > 0 ? { Resource } : {}),
    ...(Object.keys(Condition).length > 0 ? { Condition } : {}),
  };
}

function normaliseCondition(value: unknown): Record<string, Record<string, string[]>> {
  return mapSorted(record(value, 'Condition'), (operator, keys) =>
    mapSorted(record(keys, operator), (_, set) => conditionValues(operator, set)),
  );
}

function conditionValues(operator: string, value: unknown): string[] {
  const values = stringSet(value);
  return operator.startsWith('Date') ? [...new Set(values.map(wholeSeconds))].sort() : values;
}

/** The instant that an RFC 3339 text names, in milliseconds; NaN for any other text, since MinIO (Go) reads no other. */
export function parseInstant(text: string): number {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
}

/** MinIO stores dates as RFC 3339 in whole seconds and keeps the zone as written; only the instant matters. */
function wholeSeconds(value: string): string {
  const time = parseInstant(value);
  return Number.isNaN(time) ? value : new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** JSON lets a condition's value be a number or a boolean; MinIO compares their text. */
function stringSet(value: unknown): string[] {
  const strings = list(value).map((item) => {
    if (typeof item === 'string') return item;
    if (typeof item === 'number' || typeof item === 'boolean') return String(item);
    throw new UnreadablePolicyError('a set holds something that is not a string');
  });
  return [...new Set(strings)].sort();
}

/** A set as JSON spells it: an array, or a single value. */
function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (isObject(value)) return value;
  throw new UnreadablePolicyError(`${what} is not an object`);
}

function refuseOtherKeys(source: Record<string, unknown>, known: ReadonlySet<string>): void {
  const other = Object.keys(source).find((key) => !known.has(key));
  if (other !== undefined) throw new UnreadablePolicyError(`unknown key ${other}`);
}

function mapSorted<T>(
  source: Record<string, unknown>,
  map: (key: string, value: unknown) => T,
): Record<string, T> {
  const entries = Object.entries(source).sort(([a], [b]) => compare(a, b));
  return Object.fromEntries(entries.map(([key, value]) => [key, map(key, value)] as const));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
