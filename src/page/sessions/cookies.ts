/** The cookie of a session. The prefix makes browsers insist on this host, https and the whole path, so no other host can set it. */
export const SESSION_COOKIE = '__Host-lake';

/** The value of a cookie; undefined if the request has none of the name, or several. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  const start = `${name}=`;
  const found = (header ?? '')
    .split(';')
    .map((each) => each.trim())
    .filter((each) => each.startsWith(start));
  return found.length === 1 ? found[0]?.slice(start.length) : undefined;
}

/** A `Set-Cookie` for this host alone, which scripts cannot read. `maxAgeSeconds`: undefined keeps it until the browser ends; 0 takes it away. */
export function setCookie(name: string, value: string, maxAgeSeconds?: number): string {
  const age = maxAgeSeconds === undefined ? '' : `; Max-Age=${maxAgeSeconds}`;
  return `${name}=${value}; Path=/; Secure; HttpOnly; SameSite=Lax${age}`;
}
