import type Scimmy from 'scimmy';
import { ScimError } from '../errors/scim-error.js';
import { reading } from './scimmy.js';

/** Where SCIM is. */
export const BASE = '/scim/v2';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
/** What directories may send of a person and this service keeps; all else is read and left out. */
const KEPT = ['userName', 'externalId', 'active'];
/** Of every resource. */
const COMMON = ['schemas', 'id', 'externalId', 'meta'];
/** Names of extensions of a schema begin so. */
const EXTENSION = 'urn:';

/** A person as a directory writes it. */
export interface SentUser {
  userName: string;
  externalId?: string;
  active?: boolean;
}

/** A group as a directory writes it; undefined members: it says nothing of them. */
export interface SentGroup {
  displayName: string;
  externalId?: string;
  /** Ids of people. */
  members?: string[];
}

type PatchRequest = ConstructorParameters<typeof Scimmy.Messages.PatchOp>[0];

interface Operation {
  op?: unknown;
  path?: unknown;
  value?: unknown;
}

/** A page of a list. */
export function listOf(resources: object[], { total, offset }: { total: number; offset: number }): object {
  return {
    schemas: [LIST],
    totalResults: total,
    startIndex: offset + 1,
    itemsPerPage: resources.length,
    Resources: resources,
  };
}

/** Reads a person. Throws for a body that the schema does not allow. */
export function readUser(body: unknown): Promise<SentUser> {
  return reading(({ Schemas }) => sentUser(new Schemas.User(withBoolean(asObject(body)), 'in')));
}

/** Reads a group. Throws for a body that the schema does not allow. */
export function readGroup(body: unknown): Promise<SentGroup> {
  return reading(({ Schemas }) => sentGroup(new Schemas.Group(asObject(body), 'in')));
}

/** A person as it is after a patch. What the patch says of attributes that are not kept is read and left out. */
export function patchUser(before: object, body: unknown): Promise<SentUser> {
  return reading(async ({ Schemas, Messages }) => {
    const operations = operationsOf(body);
    const known = [...Schemas.User.definition.attributes.map(({ name }) => name), ...COMMON];
    const kept = operations.flatMap((each) => keptOf(each, known));
    const source = new Schemas.User(before, 'out');
    if (kept.length === 0) return sentUser(source);
    const after = await new Messages.PatchOp(patchOf(body, kept)).apply(source);
    return sentUser(after ?? source);
  });
}

/** A group as it is after a patch. */
export function patchGroup(before: object, body: unknown): Promise<SentGroup> {
  return reading(async ({ Schemas, Messages }) => {
    const source = new Schemas.Group(before, 'out');
    const patched = await new Messages.PatchOp(patchOf(body, operationsOf(body))).apply(source);
    const after = sentGroup(patched ?? source);
    // an empty list is left out there, and here it means nobody
    return { ...after, members: after.members ?? [] };
  });
}

function operationsOf(body: unknown): Operation[] {
  const { Operations: operations } = asObject(body) as { Operations?: unknown };
  if (!Array.isArray(operations) || operations.length === 0 || !operations.every(isObject))
    throw new ScimError('malformed_request', 'Operations must be a list of operations', 'invalidValue');
  return operations;
}

/** A patch for the package, which checks it itself, whatever its types say. */
function patchOf(body: unknown, operations: Operation[]): PatchRequest {
  const { schemas } = asObject(body) as { schemas?: unknown };
  if (!Array.isArray(schemas) || schemas.length !== 1 || schemas[0] !== PATCH)
    throw new ScimError('malformed_request', `schemas must be ["${PATCH}"]`, 'invalidSyntax');
  return { schemas, Operations: operations } as unknown as PatchRequest;
}

/** What of an operation concerns what is kept. Throws `invalidPath` for an attribute that no person has. */
function keptOf({ op, path, value }: Operation, known: readonly string[]): Operation[] {
  if (path !== undefined) {
    if (typeof path !== 'string') throw noSuchAttribute();
    const attribute = keptName(path, known);
    return attribute === undefined ? [] : [{ op, path: attribute, value: booleanOf(attribute, value) }];
  }
  const fields = Object.entries(asObject(value)).flatMap(([name, each]) => {
    const attribute = keptName(name, known);
    return attribute === undefined ? [] : [[attribute, booleanOf(attribute, each)] as const];
  });
  return fields.length === 0 ? [] : [{ op, value: Object.fromEntries(fields) }];
}

/** The attribute as its schema writes it, if it is kept; its name is the same in any case (RFC 7643, section 2.1). */
function keptName(path: string, known: readonly string[]): string | undefined {
  if (path.toLowerCase().startsWith(EXTENSION)) return undefined;
  const name = /^[A-Za-z$][\w$-]*/.exec(path)?.[0]?.toLowerCase();
  const found = known.find((each) => each.toLowerCase() === name);
  if (found === undefined) throw noSuchAttribute();
  return KEPT.find((each) => each === found);
}

/** Entra may write a boolean as a text. */
function booleanOf(attribute: string, value: unknown): unknown {
  if (attribute !== 'active' || typeof value !== 'string') return value;
  const text = value.toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : value;
}

function withBoolean(body: Record<string, unknown>): Record<string, unknown> {
  return 'active' in body ? { ...body, active: booleanOf('active', body['active']) } : body;
}

function sentUser(sent: object): SentUser {
  const { userName, externalId, active } = sent as Record<keyof SentUser, unknown>;
  return {
    userName: textOf(userName),
    ...(typeof externalId === 'string' ? { externalId } : {}),
    ...(typeof active === 'boolean' ? { active } : {}),
  };
}

function sentGroup(sent: object): SentGroup {
  const { displayName, externalId, members } = sent as Record<keyof SentGroup, unknown>;
  const ids = (all: unknown[]) => all.map((each) => textOf((each as { value?: unknown }).value));
  return {
    displayName: textOf(displayName),
    ...(typeof externalId === 'string' ? { externalId } : {}),
    ...(Array.isArray(members) ? { members: ids(members) } : {}),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asObject(value: unknown): Record<string, unknown> {
  if (isObject(value)) return value;
  throw new ScimError('malformed_request', 'A JSON object is expected', 'invalidSyntax');
}

function noSuchAttribute(): ScimError {
  return new ScimError(
    'malformed_request',
    'The path of an operation names no attribute of a person',
    'invalidPath',
  );
}
