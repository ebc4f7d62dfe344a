const DAY_MS = 86_400_000;

/** Whether access has ended, given its last day `until` (`YYYY-MM-DD`, UTC). Access without a last day never ends. */
export function isOver(until: string | null, now: Date): boolean {
  return until !== null && !(endOf(until).getTime() > now.getTime());
}

/** The first instant after the last day. */
export function endOf(until: string): Date {
  return new Date(Date.parse(`${until}T00:00:00Z`) + DAY_MS);
}

/** The earliest end; null if none of them has one. */
export function soonestEnd(untils: readonly (string | null)[]): Date | null {
  const ends = untils.flatMap((until) => (until === null ? [] : [endOf(until).getTime()]));
  return ends.length === 0 ? null : new Date(Math.min(...ends));
}
