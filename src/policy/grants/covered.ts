/** The part of a grant that decides whether another one covers it. */
interface Coverable {
  bucket: string;
  prefix: string;
  permission: 'read' | 'write';
  expiresAt?: Date;
}

/** What a permission gives. */
const LEVELS = { read: ['read'], write: ['read', 'write'] } as const;

/**
 * Without the grants that lie below another one of these that gives at least as much for at least as long. The grants are all those of one
 * document, which is written again when one of them is removed: so what the removed one covered comes back in the same write.
 */
export function withoutCovered<T extends Coverable>(grants: readonly T[]): T[] {
  const ends = { read: new Map<string, number>(), write: new Map<string, number>() };
  for (const grant of grants) {
    const key = keyOf(grant);
    for (const level of LEVELS[grant.permission])
      ends[level].set(key, Math.max(ends[level].get(key) ?? -Infinity, statedEnd(grant)));
  }
  return grants.filter((grant) => {
    const end = statedEnd(grant);
    return !foldersAbove(keyOf(grant)).some((key) => (ends[grant.permission].get(key) ?? -Infinity) >= end);
  });
}

function foldersAbove(key: string): string[] {
  const segments = key.split('/').slice(0, -1);
  return segments.map((_, index) => segments.slice(0, index + 1).join('/'));
}

function keyOf({ bucket, prefix }: Coverable): string {
  return `${bucket}/${prefix}`;
}

/** In whole seconds, as documents state it. */
function statedEnd({ expiresAt }: Coverable): number {
  return expiresAt ? Math.floor(expiresAt.getTime() / 1000) : Infinity;
}
