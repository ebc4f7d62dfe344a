import type { AccessQuestion } from '../../policy/access-question.js';
import { formatPath, type LakePath } from '../../policy/paths.js';
import type { Holding } from './foreign-access.js';
import {
  type AccessReason,
  covers,
  judged,
  mostOf,
  type OwnHolding,
  ownReasons,
  reasonsAt,
} from './judge.js';

/** The most that a user or group may do at a path, and every reason; `because_left_out`: how many more grants are omitted. */
export interface Entry {
  permission: AccessReason['permission'];
  because: AccessReason[];
  because_left_out?: number;
}

/** Where, for whom, and whether foreign statements are shown. */
export interface Asked {
  path: LakePath;
  inFull: boolean;
  principal: string | undefined;
}

/** Grants below the path that one entry shows; the list of a user's own access shows all of them. */
const MAX_BELOW = 100;

/** What the holder may do at the path; undefined without access. */
export function entryAt(asked: Asked, holdings: readonly OwnHolding[], held: Holding): Entry | undefined {
  return mostOf((action) => {
    const question = questionOf(asked, asked.path, action);
    const own = holdings.flatMap((holding) => ownReasons(holding, question));
    return judged(own, held, question, asked.inFull);
  });
}

/**
 * What the holder may do at the path or anywhere below. Each grant below is evaluated where it is; a part of a foreign policy is enough.
 */
export function entryBelow(
  asked: Asked,
  holdings: readonly OwnHolding[],
  held: Holding,
  homes: readonly LakePath[],
): Entry | undefined {
  const { path } = asked;
  const inside = new Map(
    holdings
      .flatMap(({ grants }) => grants)
      .filter((grant) => !covers(grant, path))
      .map(({ bucket, prefix, folder }) => {
        const place = { bucket, prefix, folder };
        return [formatPath(place), place];
      }),
  );
  const first = [path, { ...path, folder: true }, ...homes.filter((home) => covers(path, home))];
  const below = [...inside.values()];
  const at = (places: readonly LakePath[]): Entry | undefined =>
    mostOf((action) =>
      places.flatMap((place) => {
        const question = questionOf(asked, place, action);
        return judged(reasonsAt(holdings, question, homes), held, question, asked.inFull);
      }),
    );
  // skips grants that a foreign policy denies
  for (let from = 0; from === 0 || from < below.length; from += MAX_BELOW) {
    const entry = at([...first, ...below.slice(from, from + MAX_BELOW)]);
    const left = below.length - from - MAX_BELOW;
    if (entry) return left > 0 ? { ...entry, because_left_out: left } : entry;
  }
  return undefined;
}

function questionOf({ principal }: Asked, path: LakePath, action: 'read' | 'write'): AccessQuestion {
  return { ...path, action, now: new Date(), ...(principal === undefined ? {} : { principal }) };
}
