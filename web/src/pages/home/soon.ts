/** What ends within this time is shown on Home, in milliseconds: two weeks. */
const SOON_MS = 14 * 86_400_000;

/** Those that end within two weeks, the first to end first. */
export function endsSoon<T extends { expires_at: string | null }>(shares: readonly T[], now: number): T[] {
  return shares
    .map((share) => ({ share, end: share.expires_at === null ? Infinity : Date.parse(share.expires_at) }))
    .filter(({ end }) => end - now <= SOON_MS)
    .sort((a, b) => a.end - b.end)
    .map(({ share }) => share);
}
