const FIRST_MS = 1000;
const MOST_MS = 60_000;

/** How long to wait after so many failures, in milliseconds: exponential with jitter, so that clients do not all return at once. */
export function backoffMs(failures: number): number {
  const most = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(failures, 10));
  return most / 2 + (Math.random() * most) / 2;
}
