import { Injectable } from '@nestjs/common';
import { type Membership, Memberships } from '../../access/memberships/memberships.js';
import { Subjects } from '../../access/subjects/subjects.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { brokenRule, noSuch, Problem } from '../../common/problems/problem.js';
import { EVERYONE } from '../../policy/names.js';
import type { AskContext } from '../../provisioning/kinds/kind.js';
import type { Approver } from '../approvals/approvals.store.js';
import type { RunsPage } from './run-lists.store.js';
import type { Run } from './runs.store.js';

/** The id of a group that an earlier stage of the order plan makes: it has nothing yet, and no run is recorded for it. */
const NOT_THERE_YET = '00000000-0000-0000-0000-000000000000';

/** What of a run tells who sees it. */
type Seen = Pick<Run, 'team_id' | 'requested_by' | 'requested_by_kind' | 'approvals'>;

/** For which team a workflow runs, and who may do what with the run. A team is a group. */
@Injectable()
export class Teams {
  constructor(
    private readonly memberships: Memberships,
    private readonly subjects: Subjects,
  ) {}

  /** Whose runs the caller sees; undefined: all. */
  async seenBy(context: RequestContext): Promise<RunsPage['seenBy']> {
    const { caller, name, kind } = context;
    if (caller.admin) return undefined;
    return { teams: (await this.groupsOf(context)).map(({ group_id }) => group_id), name, kind };
  }

  /** Throws 404 for a run that the caller does not see: of another team, unless the caller asked for it or is asked about it. */
  async requireSeen(run: Seen, context: RequestContext, what = 'run'): Promise<void> {
    if (context.caller.admin || isRequester(run, context)) return;
    const groups = await this.groupsOf(context);
    if (groups.some(({ group_id }) => group_id === run.team_id)) return;
    const asked = run.approvals.flatMap(({ requirements }) => requirements.map(({ from }) => from));
    if (groups.some(({ group_name }) => asked.includes(group_name))) return;
    throw noSuch(what);
  }

  /** Throws `forbidden` unless the caller asked for the run, owns its team, or is an administrator. */
  async requireInCharge(run: Seen, context: RequestContext): Promise<void> {
    if (context.caller.admin || isRequester(run, context)) return;
    const groups = await this.groupsOf(context);
    if (!groups.some(({ group_id, role }) => group_id === run.team_id && role === 'owner'))
      throw new Problem(
        'forbidden',
        'Only the requester, an owner of the team or an administrator may do this',
      );
  }

  /** For what approvals of the caller count. */
  async approver(context: RequestContext): Promise<Approver> {
    const groups = await this.groupsOf(context);
    const { name, caller } = context;
    return {
      ...{ name, admin: caller.admin },
      owns: groups.filter(({ role }) => role === 'owner').map(({ group_id }) => group_id),
      groups: groups.filter(({ role }) => role !== 'reader').map(({ group_name }) => group_name),
    };
  }

  /** The team for which a workflow runs. Throws a problem if it is not clear which, or it is none of the caller's. */
  async runningFor(
    owner: string | null,
    wanted: string | undefined,
    context: AskContext,
  ): Promise<{ team: string; team_id: string }> {
    if (owner !== null && wanted !== undefined && wanted !== owner)
      throw brokenRule('team', `the workflow runs for its own team, ${owner}`);
    const team = owner ?? wanted;
    if (team === undefined) throw brokenRule('team', 'the group for which it runs');
    if (team === EVERYONE) throw brokenRule('team', 'everyone is no team');
    if (context.caller.admin || context.kind === 'service') {
      const willBe = context.expected?.has({ kind: 'group', name: team });
      const row = willBe === false ? undefined : await this.subjects.find({ kind: 'group', name: team });
      if (row?.name === team && row.status === 'active') return { team, team_id: row.id };
      if (willBe && !row) return { team, team_id: NOT_THERE_YET };
      throw brokenRule('team', 'names a group that does not exist');
    }
    const own = (await this.groupsOf(context)).find(({ group_name }) => group_name === team);
    if (!own) throw brokenRule('team', 'must be a group that you are in');
    if (own.role === 'reader') throw new Problem('forbidden', 'Readers of a group run nothing for it');
    return { team, team_id: own.group_id };
  }

  /** Everyone is no team, and a service is in none. */
  private async groupsOf({ name, kind }: RequestContext): Promise<Membership[]> {
    if (kind !== 'person') return [];
    const groups = await this.memberships.groupsOfName(name);
    return groups.filter(({ group_name }) => group_name !== EVERYONE);
  }
}

function isRequester({ requested_by, requested_by_kind }: Seen, { name, kind }: RequestContext): boolean {
  return requested_by === name && requested_by_kind === kind;
}
