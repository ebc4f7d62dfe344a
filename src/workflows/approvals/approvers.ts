import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import type { WorkflowRunRow } from '../../database/schema.js';
import { Teams } from '../runs/teams.js';
import { type Approval, ApprovalsStore } from './approvals.store.js';

/** How many names are told of one requirement. */
const MAX_NAMES = 20;

/** A run about which people are asked. */
type AskedRun = Pick<WorkflowRunRow, 'team_id' | 'requested_by' | 'requested_by_kind'>;

/** The names of those who may approve what `from` of a requirement asks for. */
export type NamesOf = (from: string | null) => string[];

/** Tells who may approve what is open, so that people know whom to ask. */
@Injectable()
export class Approvers {
  constructor(
    private readonly store: ApprovalsStore,
    private readonly teams: Teams,
  ) {}

  /**
   * By run: the owners of its team, and the members of groups that are asked, without the requester and those who are disabled. The members
   * of a group are told to those only who are among them, and to administrators.
   */
  async of(
    runs: readonly (readonly [AskedRun, readonly Approval[]])[],
    context: RequestContext,
  ): Promise<(run: AskedRun) => NamesOf> {
    const open = runs.flatMap(([run, approvals]) =>
      approvals
        .filter(({ state }) => state === 'open')
        .flatMap(({ requirements }) => requirements.map(({ from }) => ({ run, from }))),
    );
    if (open.length === 0) return () => () => [];
    const { groups } = await this.teams.approver(context);
    const isSeen = (from: string | null) => from === null || context.caller.admin || groups.includes(from);
    const asked = new Map(
      open.flatMap(({ run, from }) =>
        isSeen(from)
          ? [[keyOf(run, from), { team_id: from === null ? run.team_id : null, name: from }] as const]
          : [],
      ),
    );
    // one more: the requester may be among them
    const people = await this.store.people([...asked.values()], MAX_NAMES + 1);
    const named = new Map([...asked.keys()].map((key, index) => [key, people[index] ?? []]));
    return (run) => (from) =>
      (named.get(keyOf(run, from)) ?? [])
        .filter((name) => run.requested_by_kind !== 'person' || name !== run.requested_by)
        .slice(0, MAX_NAMES);
  }
}

function keyOf({ team_id }: AskedRun, from: string | null): string {
  return from === null ? `team ${team_id}` : `group ${from}`;
}
