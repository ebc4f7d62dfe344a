import type { Schema } from '../../api/schema.ts';
import { EVERYONE } from '../../parts/runs/in-charge.ts';

/** What is asked for beside the parameters. */
export interface ForWhom {
  team: string;
  application: string;
  /** The text of a Score file, or nothing. */
  score: string;
}

/** The groups for which a person may run a workflow; of a team's own, that team alone. */
export function teamsFor(
  { groups, admin }: Pick<Schema['MeDto'], 'groups' | 'admin'>,
  owner: string | null,
): string[] {
  const own = groups.filter(({ group_name, role }) => role !== 'reader' && group_name !== EVERYONE);
  const names = own.map(({ group_name }) => group_name);
  if (owner === null) return names;
  return admin || names.includes(owner) ? [owner] : [];
}

/** The body of the request. */
export function bodyOf(
  parameters: Record<string, unknown>,
  { team, application, score }: ForWhom,
): Schema['ExecuteDto'] {
  return {
    parameters,
    team: team.trim(),
    ...(application.trim() === '' ? {} : { application: application.trim() }),
    ...(score.trim() === '' ? {} : { score }),
  };
}

/** Whom a run is for at first: as of an earlier run, otherwise the only team that there is. */
export function firstFor(
  teams: readonly string[],
  earlier: Pick<Schema['RunDto'], 'team' | 'application'> | undefined,
  wanted: string | undefined,
): ForWhom {
  const [only] = teams.length === 1 ? teams : [];
  const team = earlier?.team ?? wanted ?? only ?? '';
  return { team, application: earlier?.application ?? '', score: '' };
}
