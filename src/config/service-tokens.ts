import type { Scope } from '../common/caller.js';

/** A service token as configured: only its SHA-256, so that the configuration holds nothing worth stealing. */
export interface ServiceToken {
  name: string;
  sha256: string;
  scopes: readonly Scope[];
}

/** What a service token may be for. */
export const SCOPES: readonly string[] = ['credentials', 'provision', 'workflows', 'scim', 'admin'];
const FIELDS: readonly string[] = ['name', 'scopes', 'sha256'];

/** Reads SERVICE_TOKENS. Throws an Error whose message is the broken rule, without any value. */
export function parseServiceTokens(text: string | undefined): readonly ServiceToken[] {
  if (text === undefined) return [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Error('must be a JSON array of {"name","sha256","scopes"}');
  }
  if (!Array.isArray(parsed) || parsed.length > 1000)
    throw new Error('must be a JSON array of at most 1000 tokens');
  const tokens = parsed.map((each, index) => parseToken(each, index));
  if (new Set(tokens.map(({ name }) => name)).size < tokens.length)
    throw new Error('has two tokens with the same name');
  if (new Set(tokens.map(({ sha256 }) => sha256)).size < tokens.length)
    throw new Error('has the same token twice');
  return tokens;
}

function parseToken(value: unknown, index: number): ServiceToken {
  try {
    return checkServiceToken(value);
  } catch (error) {
    throw new Error(`token ${index + 1}: ${(error as Error).message}`);
  }
}

/** Checks one token of SERVICE_TOKENS. Throws an Error whose message is the broken rule, without any value. */
export function checkServiceToken(value: unknown): ServiceToken {
  if (typeof value !== 'object' || value === null) throw new Error('must be an object');
  const { name, sha256, scopes } = value as Record<string, unknown>;
  if (Object.keys(value).some((key) => !FIELDS.includes(key))) throw new Error('has an unknown field');
  if (typeof name !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(name))
    throw new Error('name must be 1 to 64 of letters, digits, "_", "." and "-", the first a letter or digit');
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/i.test(sha256))
    throw new Error('sha256 must be 64 hex digits, the SHA-256 of the token');
  const known = Array.isArray(scopes) && scopes.every((each) => SCOPES.includes(each as string));
  if (!known || scopes.length === 0) throw new Error(`scopes must be some of ${SCOPES.join(', ')}`);
  return { name, sha256: sha256.toLowerCase(), scopes: scopes as Scope[] };
}
