type Claims = Readonly<Record<string, unknown>>;

/** Claims that hold several names in one text, with spaces between them (RFC 8693 section 4.2; `scp` where others write `scope`). */
const SPACED: readonly string[] = ['scope', 'scp'];

/**
 * A claim by its name, or by a path of names with dots between them (Keycloak's `realm_access.roles`). Names may hold dots themselves
 * (`resource_access.lake.example.org.roles`): at each level the longest that is there counts, and a shorter one only where nothing follows.
 */
export function claimAt(claims: Claims, name: string): unknown {
  return valueAt(claims, name.split('.'));
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  if (path.length === 0) return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  for (let length = path.length; length > 0; length--) {
    const key = path.slice(0, length).join('.');
    if (!Object.hasOwn(value, key)) continue;
    const found = valueAt((value as Claims)[key], path.slice(length));
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * The roles in a claim: the entries of a list, the keys of an object, or one text, which is one role, whole. Undefined: the claim is missing,
 * or of another form.
 */
export function rolesIn(claims: Claims, name: string): string[] | undefined {
  const value = claimAt(claims, name);
  if (typeof value === 'string')
    return SPACED.includes(name) ? value.split(' ').filter((each) => each !== '') : [value];
  if (Array.isArray(value)) return value.filter((each) => typeof each === 'string');
  return typeof value === 'object' && value !== null ? Object.keys(value) : undefined;
}

/** What only a token about a login holds (OpenID Connect Core 1.0, sections 2 and 3.1.3.6; `typ` in the claims is Keycloak's). */
export function isIdToken(claims: Claims): boolean {
  const { typ } = claims;
  if (typeof typ === 'string' && typ.toUpperCase() === 'ID') return true;
  return ['at_hash', 'c_hash', 'nonce'].some((name) => Object.hasOwn(claims, name));
}

/** Whether the issuer has verified the e-mail address: true, or the text `true`, as some issuers write it. */
export function isEmailVerified(claims: Claims): boolean {
  const { email_verified: verified } = claims;
  return verified === true || verified === 'true';
}
