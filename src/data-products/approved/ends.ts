const DAY_MS = 86_400_000;

/** Whether access whose last day is `until` (`YYYY-MM-DD`, UTC) is over; one without an end never is. */
export function isOver(until: string | null, now: Date): boolean {
  return until !== null && !(endOf(until).getTime() > now.getTime());
}

/** The first moment after the last day. */
export function endOf(until: string): Date {
  return new Date(Date.parse(`${until}T00:00:00Z`) + DAY_MS);
}

/** The soonest end of all; null: none has one. */
export function soonestEnd(untils: readonly (string | null)[]): Date | null {
  const ends = untils.flatMap((until) => (until === null ? [] : [endOf(until).getTime()]));
  return ends.length === 0 ? null : new Date(Math.min(...ends));
}
