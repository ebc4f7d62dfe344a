import type { NameKind, TouchedName } from '../documents/step-types/step-type.js';

/** Kinds of names that start with the name of their team, by default. */
const PREFIXED: readonly NameKind[] = [
  ...(['bucket', 'path', 'group', 'user', 'database', 'role', 'vault_path', 'namespace'] as const),
  'repository',
];

/** The bucket that a name is, or lies in. */
export function bucketOf({ kind, name }: TouchedName): string | undefined {
  if (kind === 'bucket') return name;
  return kind === 'path' ? /^s3a?:\/\/([^/]*)/.exec(name)?.[1] : undefined;
}

/** The folder of all teams in the vault: what is in it is named for its team. */
const OF_ALL = 'teams';

/** The folder of a team in the vault: the first one, or the one in `teams`. */
function folderOf({ kind, name }: TouchedName): string | undefined {
  return kind === 'vault_path' ? /^(?:teams\/)?([^/]*)/.exec(name)?.[1] : undefined;
}

/**
 * The names of teams, in lower case, whose a name may be by its beginning: of `lab-office-data` these are `lab`, `lab-office` and itself. The
 * team with the longest of them has it.
 */
export function teamsOfName(touched: TouchedName): string[] {
  if (!PREFIXED.includes(touched.kind)) return [];
  const text = (bucketOf(touched) ?? folderOf(touched) ?? touched.name).toLowerCase();
  const ends = [...text.matchAll(/[-_]/g)].map(({ index }) => index);
  return [...ends, text.length].map((end) => text.slice(0, end)).filter((each) => each !== '');
}

/** The other team that has a name, because its own is the longer beginning of it, or the only one. */
export function otherTeamOf(
  touched: TouchedName,
  team: string,
  groups: ReadonlySet<string>,
): string | undefined {
  const names = teamsOfName(touched);
  const [last] = names.filter((each) => groups.has(each)).slice(-1);
  const isOwn = names.includes(team.toLowerCase());
  // of a path in the folder of all teams, a team that is called `teams` is no beginning
  if (!isOwn && team === OF_ALL && touched.kind === 'vault_path') return last ?? folderOf(touched);
  const own = isOwn ? team.length : 0;
  return last !== undefined && last.length > own ? last : undefined;
}
