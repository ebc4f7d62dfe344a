/** What one look-up of a directory found, or one round of those whom no directory can be asked about. */
export interface Survey {
  /** Active people, with those who were suspended within a day. */
  people: number;
  /** How many of them are to be suspended, or were within a day. Those whom an administrator has confirmed do not count. */
  missing: number;
  /** How many of the active people there are, and how many of them are not gone. */
  asked: number;
  found: number;
}

/** How a brake says what is wrong. */
export interface BrakeWords {
  /** `4 of 8 people …` */
  many: string;
  /** Nobody is left, of so many. */
  none: (asked: number) => string;
}

/** How many may leave within a day. */
const FEW = 3;

/** Why nobody is suspended; null if those who are missing may be. */
export function brakeReason(
  { people, missing, asked, found }: Survey,
  maxPercent: number,
  { many, none }: BrakeWords,
): string | null {
  const most = Math.max(FEW, Math.floor((people * maxPercent) / 100));
  if (missing > most) return `${missing} of ${people} people ${many}, more than ${most} within a day`;
  if (missing > 0 && found === 0 && asked > 1) return none(asked);
  return null;
}
