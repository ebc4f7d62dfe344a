/** What one look-up found. */
export interface Survey {
  /** Active people of the directory, with those who were suspended within a day because they had left. */
  people: number;
  /** How many of them are missing, or were suspended within a day. Those whom an administrator has confirmed do not count. */
  missing: number;
  /** How many of those the look-up asked about, and found. */
  asked: number;
  found: number;
}

/** How many may leave within a day. */
const FEW = 3;

/** Why nobody is suspended; null if those who are missing may be. */
export function brakeReason({ people, missing, asked, found }: Survey, maxPercent: number): string | null {
  const most = Math.max(FEW, Math.floor((people * maxPercent) / 100));
  if (missing > most)
    return `${missing} of ${people} people are missing there, more than ${most} within a day`;
  if (missing > 0 && found === 0 && asked > 1) return `it knows none of the ${asked} people`;
  return null;
}
