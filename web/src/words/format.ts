const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const utcDay = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', timeZone: 'UTC' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const number = new Intl.NumberFormat();

/** The units of a duration, the longest first, in seconds. */
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** A moment in the person's own time zone. */
export function formatTime(iso: string): string {
  return date.format(new Date(iso));
}

/** The day of a moment in the person's own time zone. */
export function formatDay(iso: string): string {
  return day.format(new Date(iso));
}

/** A day that is one everywhere, from midnight to midnight of UTC. */
export function formatDate(iso: string): string {
  return utcDay.format(new Date(iso));
}

/** How long ago, or in how long: "3 days ago", "in 2 hours", "now". */
export function formatRelative(iso: string, now: number): string {
  const seconds = (Date.parse(iso) - now) / 1000;
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit);
  }
  return relative.format(0, 'second');
}

export function formatNumber(value: number): string {
  return number.format(value);
}
