/** What asks for a recent login is given for so long after it, in milliseconds. */
export const FRESH_MS = 15 * 60_000;
