import type { PolicyGrant } from './grants/grants.js';

/** Distinct dates in the documents of one subject, beyond the minimum of each owner: 300 of them cost 144 ms per request (measured). */
const MAX_DATES = 16;
const LEAST_DATES_OF_OWNER = 2;

/** Owners with separate dates: later owners share some. */
const MAX_OWNERS = 32;

/** How many of an owner's distinct ends `endLimits` needs to know: one more shows that there are more than documents can state. */
export const SOONEST_ENDS = MAX_DATES + 1;

/** The distinct ends of an owner's grants to a subject in whole seconds, soonest first; all of them, or the first SOONEST_ENDS. */
export interface OwnerEnds {
  owner: string;
  ends: readonly number[];
}

/**
 * By owner, in seconds: the last end that documents state of the owner's grants. Later ends are stated as this one. An owner whose ends are
 * all stated is not named.
 */
export type EndLimits = Readonly<Record<string, number>>;

/**
 * The grants of a subject as its documents state them: with few dates, none of them later than the end of its grant. An owner's soonest
 * ends are stated exactly. Further ends are stated as the last of these, and move on whenever a grant ends, because documents are written
 * again then. So no grant outlives its end while nothing enforces, and an owner's ends do not move those of other owners. Order: oldest
 * first. `limits`: those of all grants of the subject, if these are only some.
 */
export function guarded<T extends PolicyGrant>(
  grants: readonly T[],
  limits: EndLimits = endLimits(endsOf(grants)),
): T[] {
  return grants.map((grant) => {
    if (!grant.expiresAt) return grant;
    const stated = Math.min(wholeSecond(grant.expiresAt), limits[ownerOf(grant)] ?? Infinity);
    return { ...grant, expiresAt: new Date(stated * 1000) };
  });
}

/** The ends of each owner; the owner of the oldest grant that ends comes first. */
export function endsOf(grants: readonly PolicyGrant[]): OwnerEnds[] {
  const ending = grants.filter(({ expiresAt }) => expiresAt);
  return [...Map.groupBy(ending, ownerOf)].map(([owner, given]) => ({
    owner,
    ends: sorted(given.flatMap(({ expiresAt }) => (expiresAt ? [wholeSecond(expiresAt)] : []))),
  }));
}

/** `given`: in the order of `endsOf`. */
export function endLimits(given: readonly OwnerEnds[]): EndLimits {
  const places = [...Map.groupBy(given, (_, index) => Math.min(index, MAX_OWNERS)).values()].map(
    (owners) => ({ owners, ends: sorted(owners.flatMap(({ ends }) => ends)) }),
  );
  const most = datesOfOwner(places.map(({ ends }) => ends.length));
  const limited = places.filter(({ ends }) => ends.length > most);
  return Object.fromEntries(
    limited.flatMap(({ owners, ends }) => owners.map(({ owner }) => [owner, ends[most - 1] ?? 0] as const)),
  );
}

/** By owner, in seconds: grants that end later are stated otherwise by the one than by the other. */
export function movedEnds(a: EndLimits, b: EndLimits): [owner: string, after: number][] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((owner): [string, number][] => {
    const [one, other] = [a[owner] ?? Infinity, b[owner] ?? Infinity];
    return one === other ? [] : [[owner, Math.min(one, other)]];
  });
}

/** How many dates each owner may have, given the owners' numbers of ends. */
function datesOfOwner(ends: readonly number[]): number {
  const total = (most: number): number => ends.reduce((sum, count) => sum + Math.min(count, most), 0);
  let most = LEAST_DATES_OF_OWNER;
  while (most < MAX_DATES && total(most + 1) <= MAX_DATES) most++;
  return most;
}

function ownerOf({ owner = '' }: PolicyGrant): string {
  return owner;
}

function sorted(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/** MinIO keeps whole seconds. */
function wholeSecond(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
