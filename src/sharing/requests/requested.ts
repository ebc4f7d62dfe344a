import { Injectable } from '@nestjs/common';
import { Targets } from '../../access/subjects/targets.js';
import type { Mutation } from '../../access/changes/writer.js';
import { Subjects } from '../../access/subjects/subjects.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { brokenRule, Problem } from '../../common/problems/problem.js';
import type { Executor, GroupRole } from '../../database/schema.js';
import { GroupChanges } from '../../groups/group-changes.js';
import { Sharing } from '../sharing.js';
import { AccessRequestsStore, type NamedRequest, type NewRequest } from './access-requests.store.js';
import type { Approval, Wanted } from './request-bodies.js';
import { pathOf } from './shown-request.js';

const RANK: Record<GroupRole, number> = { reader: 1, member: 2, owner: 3 };

/** Checks and grants what requests are about: shares of paths, and memberships of groups. */
@Injectable()
export class Requested {
  constructor(
    private readonly subjects: Subjects,
    private readonly store: AccessRequestsStore,
    private readonly targets: Targets,
    private readonly sharing: Sharing,
    private readonly groups: GroupChanges,
  ) {}

  /** The request as it is stored, whether or not its path or group exists. 422 if the requester already has it. */
  async find(
    wanted: Wanted,
    requesterId: string,
    trx: Executor,
  ): Promise<Omit<NewRequest, 'requester_id' | 'reason'>> {
    if (wanted.kind === 'path') {
      const { path, permission, owner } = wanted;
      const row = await this.subjects.find({ kind: 'user', name: owner }, trx);
      return { ...path, permission, owner_id: row && row.status !== 'removing' ? row.id : null };
    }
    const { group, role } = wanted;
    const found = await this.store.findGroup(group, requesterId, trx);
    if (found?.role && RANK[found.role] >= RANK[role]) throw brokenRule('role', 'is already yours');
    return { group_name: group, group_id: found?.id ?? null, role };
  }

  /** Throws unless the approval names what was requested, or less. */
  requireNamed(request: NamedRequest, approval: Approval): void {
    if (request.role === null) {
      if (approval.kind === 'group') throw brokenRule('permission', 'is required: the request is for a path');
      if (request.permission === 'read' && approval.permission === 'write')
        throw new Problem('request_changed', 'The request asks for read');
      return;
    }
    if (approval.kind === 'path') throw brokenRule('role', 'is required: the request is for a group');
    if (RANK[approval.role] > RANK[request.role])
      throw new Problem('request_changed', `The request asks for ${request.role}`);
  }

  /**
   * Gives what the approval names, through the normal share or membership change. `decide` ends the request while the people are locked.
   */
  approving(
    request: NamedRequest,
    approval: Approval,
    context: RequestContext,
    decide: (trx: Executor) => Promise<void>,
  ): Mutation<undefined> {
    const path = pathOf(request);
    if (approval.kind === 'group') return this.joining(request, approval.role, context, decide);
    if (!path) throw new Error('a request is for a path or for a group');
    const { permission, expiresAt } = approval;
    const to = { kind: 'user', name: request.requester_name } as const;
    const spec = { path, permission, expiresAt, reason: request.reason, with: [to] };
    const share = this.sharing.share(request.owner_name ?? '', spec, context);
    return async (trx) => {
      // first the share, which locks the people as a request does: then the owner of the path can be checked and cannot change
      const { affected } = await share(trx);
      await decide(trx);
      return { value: undefined, affected };
    };
  }

  private joining(
    { requester_id, requester_name, group_name }: NamedRequest,
    role: GroupRole,
    context: RequestContext,
    decide: (trx: Executor) => Promise<void>,
  ): Mutation<undefined> {
    const name = group_name ?? '';
    return async (trx) => {
      await this.targets.lock([{ kind: 'user', name: requester_name }], trx, [{ kind: 'group', name }]);
      // end the request before its requester joins the group: otherwise joining would supersede it
      await decide(trx);
      const present = (await this.store.findGroup(name, requester_id, trx))?.role;
      if (present && RANK[present] > RANK[role])
        throw new Problem('request_changed', `The requester is already ${present} of the group`);
      const member = { user_name: requester_name, role };
      const { affected } = await this.groups.addMember(name, member, context)(trx);
      return { value: undefined, affected };
    };
  }
}
