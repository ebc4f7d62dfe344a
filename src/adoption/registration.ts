import { Injectable } from '@nestjs/common';
import { Memberships, type MemberSpec } from '../access/memberships/memberships.js';
import type { SubjectKey } from '../access/subjects/subject-key.js';
import { Subjects } from '../access/subjects/subjects.js';
import { isUnwritten } from '../access/subjects/subject-state.js';
import { Targets } from '../access/subjects/targets.js';
import type { RequestContext } from '../auth/authenticated.js';
import type { Executor, SubjectRow } from '../database/schema.js';
import { userNameOfPrincipal } from '../policy/names.js';
import { AdoptionsStore } from './adoptions.store.js';
import type { Candidate, GroupCandidate, Refusal, UserCandidate } from './candidates.js';

/** How many names a message contains. */
const NAMED = 20;

/** Gives users and groups of MinIO their rows, in the caller's transaction. MinIO is not written. */
@Injectable()
export class Registration {
  constructor(
    private readonly subjects: Subjects,
    private readonly targets: Targets,
    private readonly memberships: Memberships,
    private readonly store: AdoptionsStore,
  ) {}

  /** The new row, or why there is none. */
  async register(
    candidate: Candidate,
    context: RequestContext,
    trx: Executor,
  ): Promise<SubjectRow | Refusal> {
    const row = await (candidate.kind === 'user'
      ? this.user(candidate, context, trx)
      : this.group(candidate, context, trx));
    if ('code' in row) return row;
    const readers_group = candidate.kind === 'group' ? (candidate.readersGroup ?? null) : null;
    await this.store.record({ subject_id: row.id, readers_group, adopted_by: context.name }, trx);
    return row;
  }

  private async user(
    { name, status, unwritten }: UserCandidate,
    context: RequestContext,
    trx: Executor,
  ): Promise<SubjectRow | Refusal> {
    const given = status === 'enabled' ? 'active' : 'disabled';
    const action = 'user.adopted';
    if (!unwritten)
      return this.subjects.create({ kind: 'user', name }, given, context, action, {
        trx,
        foreignSecret: true,
      });
    const event = { actor: context, action };
    const row = await this.subjects.change(unwritten, { status: given, adopt: true }, ['active'], event, trx);
    if (!row) return { code: 'busy', message: 'It is being changed: send the request again.' };
    // its groups can have it as a member only now
    const groups = await this.memberships.groupsOf(row.id, trx);
    await this.subjects.incrementGeneration(
      groups.map(({ group_id: id }) => ({ id, revoking: false })),
      trx,
    );
    return row;
  }

  /** Every member must be known: the MinIO group will have exactly the members of the row. */
  private async group(
    { name, members, readers }: GroupCandidate,
    context: RequestContext,
    trx: Executor,
  ): Promise<SubjectRow | Refusal> {
    const names = new Map([...members, ...readers].map((each) => [each, userNameOfPrincipal(each)]));
    const keys = [...names.values()].flatMap((user): SubjectKey[] =>
      user === undefined ? [] : [{ kind: 'user', name: user }],
    );
    const { targets } = await this.targets.lock(keys, trx, [{ kind: 'group', name }]);
    // a person who only called has no MinIO user of this service
    const known = targets.flatMap(({ row }) => (row && !isUnwritten(row) ? [row] : []));
    const rows = new Map(known.map((row) => [row.name, row] as const));
    const rowOf = (principal: string): SubjectRow | undefined => rows.get(names.get(principal) ?? '');
    const unknown = [...names.keys()].filter((principal) => !rowOf(principal));
    const impossible = unknown.filter((principal) => names.get(principal) === undefined);
    if (unknown.length > 0) return strangers(unknown, impossible);
    const specs = (list: readonly string[], role: 'member' | 'reader'): MemberSpec[] =>
      list.flatMap((principal) => rowOf(principal) ?? []).map((user) => ({ user, role, by: null }));
    const group = await this.subjects.createGroup(
      { name, description: null, unchecked: false, adopted: true },
      context,
      trx,
    );
    if (!group) return { code: 'name_taken', message: 'A group of that name is just being made.' };
    // whoever is in both groups may write: the last role counts
    await this.memberships.add(group, [...specs(readers, 'reader'), ...specs(members, 'member')], trx);
    return group;
  }
}

/** `impossible`: those whose names no user of this service can have. */
function strangers(unknown: readonly string[], impossible: readonly string[]): Refusal {
  const what = impossible.length > 0 ? 'cannot be users of this service' : 'are not users of this service';
  const cure = impossible.length > 0 ? 'take them out of the group first' : 'name them in "users", too';
  const named = listed(impossible.length > 0 ? impossible : unknown);
  return {
    code: 'unknown_user',
    message: `Its members ${named} ${what} and would lose its access: ${cure}.`,
  };
}

function listed(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return names.slice(0, NAMED).join(', ') + more;
}
