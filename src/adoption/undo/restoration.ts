import { Injectable } from '@nestjs/common';
import { Grants } from '../../access/grants/grants.js';
import { Memberships } from '../../access/memberships/memberships.js';
import type { Change } from '../../access/plan/changes.js';
import { foreignPolicies } from '../../access/plan/observe.js';
import type { PlannedChange } from '../../access/plan/planned-change.js';
import { policyKindOf } from '../../access/subjects/subject-key.js';
import { Problem } from '../../common/problems/problem.js';
import type { AdoptionRow, SubjectRow } from '../../database/schema.js';
import { EVERYONE_GROUP, policyName, readersGroup } from '../../policy/names.js';
import { Attachments } from '../documents/attachments.js';

/** A change in MinIO, and the same for people to read. */
export interface Step {
  change: Change;
  shown: PlannedChange;
}

/** Plans how MinIO gets back what it held of an adopted user or group. */
@Injectable()
export class Restoration {
  constructor(
    private readonly attachments: Attachments,
    private readonly memberships: Memberships,
    private readonly grants: Grants,
  ) {}

  /** Throws `not_possible` while somebody would lose access by it. */
  async plan(row: SubjectRow, adoption: AdoptionRow): Promise<Step[]> {
    return row.kind === 'user' ? this.ofUser(row, adoption) : this.ofGroup(row, adoption);
  }

  private async ofUser(row: SubjectRow, adoption: AdoptionRow): Promise<Step[]> {
    const [membership] = await this.memberships.groupsOf(row.id);
    if (membership)
      throw notPossible(`${row.name} is in the group ${membership.group_name}: take that back first.`);
    const [share] = await this.grants.given(row, { limit: 1 });
    if (share)
      throw notPossible(
        `${row.name} shares a path with ${share.grantee_name}, which would end: take ${share.grantee_name} back first, or end the share.`,
      );
    const attached = await this.attachments.of(row, undefined);
    const isAttached = foreignPolicies(attached).length < attached.length;
    if (isAttached && row.status === 'disabled')
      throw notPossible(
        `${row.name} is disabled, and MinIO does not change what is attached: enable it first.`,
      );
    const member = { members: [row.principal] };
    return [
      ...(isAttached ? [await this.restore(row, adoption, undefined)] : []),
      {
        change: { change: 'remove_members', group: EVERYONE_GROUP, ...member },
        shown: shown('remove_members', `group ${EVERYONE_GROUP}`, member, null),
      },
      ...documentsOf(row, policyKindOf(row.kind)),
    ];
  }

  private async ofGroup(row: SubjectRow, adoption: AdoptionRow): Promise<Step[]> {
    const group = readersGroup(row.name);
    const readers = await this.attachments.membersOf(group);
    const steps = [await this.restore(row, adoption, row.principal)];
    if (adoption.readers_group !== null)
      steps.push(await this.restore(row, adoption, adoption.readers_group));
    if (readers !== undefined) steps.push(...withoutGroup(group, readers));
    return [...steps, ...documentsOf(row, 'group'), ...documentsOf(row, 'readers')];
  }

  /** One write: the policies that were detached, without those of this service. `group`: a MinIO group instead of the user. */
  private async restore(
    row: SubjectRow,
    { detached }: AdoptionRow,
    group: string | undefined,
  ): Promise<Step> {
    const attached = await this.attachments.of(row, group);
    const gone = detached.filter((each) => each.group === group).map(({ policy_name }) => policy_name);
    const back = await this.attachments.existing(gone.filter((name) => !attached.includes(name)));
    const names = [...foreignPolicies(attached), ...back];
    const target = group === undefined ? `user ${row.principal}` : `group ${group}`;
    return {
      change: { change: 'set_policies', names, ...(group === undefined ? {} : { group }) },
      shown: shown('set_policies', target, { policies: attached }, { policies: names }),
    };
  }
}

function withoutGroup(group: string, members: readonly string[]): Step[] {
  const target = `group ${group}`;
  const step = (change: Change): Step => ({ change, shown: shown(change.change, target, { members }, null) });
  return [
    ...(members.length > 0 ? [step({ change: 'remove_members', group, members: [...members] })] : []),
    step({ change: 'set_policies', names: [], group }),
    step({ change: 'remove_group', group }),
  ];
}

/** The first document is removed last: it marks the user or group as one of this service. */
function documentsOf({ name, top_shard }: SubjectRow, kind: 'user' | 'group' | 'readers' | 'dp'): Step[] {
  return Array.from({ length: top_shard + 1 }, (_, index) => policyName(kind, name, top_shard - index)).map(
    (policy) => ({
      change: { change: 'remove_policy', name: policy },
      shown: shown('remove_policy', `policy ${policy}`, {}, null),
    }),
  );
}

function shown(
  change: PlannedChange['change'],
  target: string,
  before: PlannedChange['before'],
  after: PlannedChange['after'],
): PlannedChange {
  return { change, target, before, after };
}

function notPossible(sentence: string): Problem {
  return new Problem('not_possible', sentence);
}
