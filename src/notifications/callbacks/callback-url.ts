/**
 * Whether a caller may have this address called: its scheme, host and port are one of `origins`, so a caller cannot make the service reach
 * anything else. No user and password: they would be stored.
 */
export function isAllowed(text: string, origins: readonly string[]): boolean {
  if (!URL.canParse(text)) return false;
  const { origin, username, password } = new URL(text);
  return username === '' && password === '' && origins.includes(origin);
}
