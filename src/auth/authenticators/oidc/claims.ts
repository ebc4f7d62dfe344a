/** A claim by its name, or by a path of names with dots between them (Keycloak's `realm_access.roles`). */
export function claimAt(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

/** The roles in a claim: a list of names, or one text with spaces between them as `scope` has. */
export function rolesIn(claims: Readonly<Record<string, unknown>>, name: string): string[] {
  const value = claimAt(claims, name);
  if (typeof value === 'string') return value.split(' ').filter((each) => each !== '');
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}
