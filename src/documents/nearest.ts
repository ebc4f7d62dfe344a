/** The name that was probably meant, for a suggestion: the one with the fewest typing errors, if they are few, or the only one that begins alike. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const given = name.slice(0, 100).toLowerCase();
  const plain = (text: string): string => text.toLowerCase().replace(/[-_. ]/g, '');
  const same = names.find((each) => plain(each) === plain(given));
  if (same !== undefined) return same;
  const allowed = Math.max(1, Math.floor(given.length / 3));
  const distances = names
    .filter((each) => Math.abs(each.length - given.length) <= allowed)
    .map((each) => ({ each, distance: distance(given, each.toLowerCase()) }))
    .filter((candidate) => candidate.distance <= allowed)
    .sort((a, b) => a.distance - b.distance);
  if (distances[0]) return distances[0].each;
  const begun = names.filter(
    (each) => begins(each.toLowerCase(), given) || begins(given, each.toLowerCase()),
  );
  return begun.length === 1 ? begun[0] : undefined;
}

/** A beginning that is no accident. */
const begins = (longer: string, shorter: string): boolean =>
  shorter.length >= 4 && longer.startsWith(shorter);

/** How many letters must be changed, added or left out. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
