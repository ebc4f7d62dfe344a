/** What happened on one day of UTC, `YYYY-MM-DD`. */
export interface DayCount {
  day: string;
  value: number;
}

/** A day and what happened on it. */
export interface Point {
  /** When the day began, RFC 3339. */
  at: string;
  value: number;
}

const DAY_MS = 86_400_000;

/** The most days of a series. */
export const MAX_DAYS = 400;

/** When the day of UTC began that the moment is in. */
export function dayOf(moment: Date): Date {
  return new Date(Math.floor(moment.getTime() / DAY_MS) * DAY_MS);
}

/** The days from that of `since` until that of `until`, both included, in their order; without a count nothing happened. */
export function seriesOf(counts: readonly DayCount[], since: Date, until: Date): Point[] {
  const values = new Map(counts.map(({ day, value }) => [day, value]));
  const points: Point[] = [];
  for (let time = dayOf(since).getTime(); time <= until.getTime(); time += DAY_MS) {
    const at = new Date(time).toISOString();
    points.push({ at, value: values.get(at.slice(0, 10)) ?? 0 });
  }
  return points;
}

/** The day that is so many days before the one of the moment. */
export function daysBefore(moment: Date, days: number): Date {
  return new Date(dayOf(moment).getTime() - days * DAY_MS);
}
