/**
 * When something ends that ends with a day: its last second, in the person's own time zone. `day`: of the browser's calendar, `2030-01-31`;
 * an empty one has no end.
 */
export function endOfDay(day: string): { expires_at?: string } {
  return day === '' ? {} : { expires_at: new Date(`${day}T23:59:59`).toISOString() };
}
