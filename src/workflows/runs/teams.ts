import { Injectable } from '@nestjs/common';
import { type Membership, Memberships } from '../../access/memberships/memberships.js';
import { Subjects } from '../../access/subjects/subjects.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { brokenRule, Problem } from '../../common/problems/problem.js';
import { EVERYONE } from '../../policy/names.js';

/** For which team a workflow runs, and who sees the run. A team is a group. */
@Injectable()
export class Teams {
  constructor(
    private readonly memberships: Memberships,
    private readonly subjects: Subjects,
  ) {}

  /** The ids of the teams of which the caller sees the runs; undefined: of all. */
  async seenBy({ caller }: RequestContext): Promise<string[] | undefined> {
    if (caller.admin) return undefined;
    return (await this.groupsOf(caller.name)).map(({ group_id }) => group_id);
  }

  /** Throws 404 for a run of a team that the caller does not see. */
  async requireSeen(teamId: string, context: RequestContext): Promise<void> {
    const seen = await this.seenBy(context);
    if (seen && !seen.includes(teamId)) throw new Problem('not_found', 'There is no such run');
  }

  /** The team for which a workflow runs. Throws a problem if it is not clear which, or there is no such group. */
  async runningFor(
    owner: string | null,
    wanted: string | undefined,
  ): Promise<{ team: string; team_id: string }> {
    if (owner !== null && wanted !== undefined && wanted !== owner)
      throw brokenRule('team', `the workflow runs for its own team, ${owner}`);
    const team = owner ?? wanted;
    if (team === undefined) throw brokenRule('team', 'the group for which it runs');
    if (team === EVERYONE) throw brokenRule('team', 'everyone is no team');
    const row = await this.subjects.find({ kind: 'group', name: team });
    if (row?.status !== 'active') throw brokenRule('team', 'names a group that does not exist');
    return { team, team_id: row.id };
  }

  /** Everyone is no team. */
  private async groupsOf(name: string): Promise<Membership[]> {
    const groups = await this.memberships.groupsOfName(name);
    return groups.filter(({ group_name }) => group_name !== EVERYONE);
  }
}
