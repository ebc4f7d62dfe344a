type Claims = Readonly<Record<string, unknown>>;

/** Claims that hold several names in one string, separated by spaces (RFC 8693 section 4.2; some issuers write `scp` for `scope`). */
const SPACED: readonly string[] = ['scope', 'scp'];

/**
 * A claim by its name, or by a dotted path (Keycloak's `realm_access.roles`). Names may contain dots themselves
 * (`resource_access.lake.example.org.roles`), so at each level the longest match counts, and a shorter one only if nothing follows it.
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
 * The roles in a claim: the entries of a list, the keys of an object, or a string, which is one whole role. Undefined if the claim is
 * missing or has another form.
 */
export function rolesIn(claims: Claims, name: string): string[] | undefined {
  const value = claimAt(claims, name);
  if (typeof value === 'string')
    return SPACED.includes(name) ? value.split(' ').filter((each) => each !== '') : [value];
  if (Array.isArray(value)) return value.filter((each) => typeof each === 'string');
  return typeof value === 'object' && value !== null ? Object.keys(value) : undefined;
}

/** The same for names of groups: without empty texts, and undefined also for a list of something else than texts. */
export function namesIn(claims: Claims, name: string): string[] | undefined {
  const value = claimAt(claims, name);
  const names = rolesIn(claims, name)?.filter((each) => each !== '');
  return Array.isArray(value) && value.some((each) => typeof each !== 'string') ? undefined : names;
}

/** Claims that only ID tokens have (OpenID Connect Core 1.0, sections 2 and 3.1.3.6; `typ` as a claim is Keycloak's). */
export function isIdToken(claims: Claims): boolean {
  const { typ } = claims;
  if (typeof typ === 'string' && typ.toUpperCase() === 'ID') return true;
  return ['at_hash', 'c_hash', 'nonce'].some((name) => Object.hasOwn(claims, name));
}

/** Whether the issuer has verified the email address: true, or the string `true`, which some issuers send. */
export function isEmailVerified(claims: Claims): boolean {
  const { email_verified: verified } = claims;
  return verified === true || verified === 'true';
}
