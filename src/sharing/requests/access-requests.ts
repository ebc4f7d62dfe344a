import { Injectable } from '@nestjs/common';
import type { Mutation } from '../../access/changes/writer.js';
import { Subjects } from '../../access/subjects/subjects.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { requireUserName } from '../../auth/user-name.pipe.js';
import { decodeCursor, ID_CURSOR, pageOf } from '../../common/paging/paging.js';
import { brokenRule, noSuch, Problem } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import type { Executor } from '../../database/schema.js';
import type { AccessRequestDto, AccessRequestPageDto, AccessRequestsQuery } from './access-request.dto.js';
import {
  AccessRequestsStore,
  type Decision,
  type NamedRequest,
  type NewRequest,
} from './access-requests.store.js';
import { Notifications } from '../../notifications/notifications.js';
import { type Approval, type NewRequestBody, readWanted } from './request-bodies.js';
import { Requested } from './requested.js';
import { decidedNotice, mayDecide, requestedNotice, shown, wantedIn } from './shown-request.js';

/** Maximum number of open requests of one person. */
const MAX_OPEN = 100;

/** Access requests and their decisions. */
@Injectable()
export class AccessRequests {
  constructor(
    private readonly store: AccessRequestsStore,
    private readonly subjects: Subjects,
    private readonly requested: Requested,
    private readonly notifications: Notifications,
    private readonly config: AppConfig,
  ) {}

  /** Requests a path or a group. An open request for the same gets the new reason; one for another permission or role is superseded. */
  ask(
    body: NewRequestBody,
    context: RequestContext,
  ): Mutation<{ request: AccessRequestDto; created: boolean }> {
    requireUserName(context.name, this.config);
    const wanted = readWanted(body, context.name, this.config.lake);
    return async (trx) => {
      const requesterId = await this.store.lockRequester(context.name, trx);
      if (requesterId === undefined)
        throw new Problem('not_found', 'You have no home here yet: log in first');
      const about = await this.requested.find(wanted, requesterId, trx);
      const { reason } = body;
      const put = await this.put({ ...about, requester_id: requesterId, reason }, context, trx);
      const row = await this.named(put.id, context, trx);
      await this.record(row, 'access.requested', { ...wantedIn(row), ...put.superseded }, context, trx);
      // also if nobody can decide it: how long an answer takes reveals nothing
      if (put.created) await this.notifications.tell(requestedNotice(row), context, trx);
      return { value: { created: put.created, request: this.shown(row, context) }, affected: [] };
    };
  }

  /** A page of the caller's own requests, or of those for the caller's paths and groups. An administrator sees all requests. */
  async list(
    { role, state, limit, cursor }: AccessRequestsQuery,
    context: RequestContext,
  ): Promise<AccessRequestPageDto> {
    const after = decodeCursor(cursor, ID_CURSOR);
    const mine = role === 'requester' ? { requester: context.name } : { owner: context.name };
    const filter = role === 'owner' && context.caller.admin ? 'all' : mine;
    const rows = await this.store.list(filter, state, { limit: limit + 1, after, viewer: context.name });
    return pageOf(
      rows,
      limit,
      ({ id }) => id,
      (row) => this.shown(row, context),
    );
  }

  /** Gives what the approval names, as an ordinary share or an ordinary membership. */
  async approve(
    id: string,
    approval: Approval,
    context: RequestContext,
  ): Promise<Mutation<AccessRequestDto>> {
    const request = await this.open(id, context, (row) => mayDecide(row, context));
    this.requested.requireNamed(request, approval);
    const granted = approval.kind === 'path' ? approval.permission : approval.role;
    const approving = this.requested.approving(request, approval, context, async (trx) => {
      await this.decide(request, { state: 'approved', granted, decided_by: context.name }, context, trx);
      await this.record(request, 'access.approved', { ...wantedIn(request), granted }, context, trx);
    });
    return async (trx) => {
      const { affected } = await approving(trx);
      const row = await this.named(id, context, trx);
      await this.notifications.tell(decidedNotice(row), context, trx);
      return { value: this.shown(row, context), affected };
    };
  }

  /** Denies a request: nothing is given. */
  async deny(id: string, context: RequestContext): Promise<Mutation<AccessRequestDto>> {
    const request = await this.open(id, context, (row) => mayDecide(row, context));
    return this.ending(request, 'denied', context);
  }

  /** Withdraws the requester's own request. */
  async withdraw(id: string, context: RequestContext): Promise<Mutation<AccessRequestDto>> {
    const request = await this.open(id, context, ({ requester_name }) => requester_name === context.name);
    return this.ending(request, 'withdrawn', context);
  }

  private ending(
    request: NamedRequest,
    state: 'denied' | 'withdrawn',
    context: RequestContext,
  ): Mutation<AccessRequestDto> {
    return async (trx) => {
      await this.decide(request, { state, granted: null, decided_by: context.name }, context, trx);
      await this.record(request, `access.${state}`, wantedIn(request), context, trx);
      const row = await this.named(request.id, context, trx);
      if (state === 'denied') await this.notifications.tell(decidedNotice(row), context, trx);
      return { value: this.shown(row, context), affected: [] };
    };
  }

  /** The requester's row is locked, so at most one request for a path or group is open. */
  private async put(
    input: NewRequest,
    context: RequestContext,
    trx: Executor,
  ): Promise<{ id: string; created: boolean; superseded?: { superseded: string } }> {
    const open = await this.store.findOpen(input, trx);
    const { permission = null, role = null } = input;
    if (open && open.permission === permission && open.role === role) {
      await this.store.reword(open.id, input, trx);
      return { id: open.id, created: false };
    }
    // an approver who read the old request must not approve the new permission or role, so it becomes another request
    if (open)
      await this.store.decide(open.id, { state: 'superseded', granted: null, decided_by: context.name }, trx);
    else if ((await this.store.countOpen(input.requester_id, trx)) >= MAX_OPEN)
      throw brokenRule(role === null ? 'path' : 'group', `at most ${MAX_OPEN} open requests`);
    const id = await this.store.create(input, trx);
    return { id, created: true, ...(open ? { superseded: { superseded: open.id } } : {}) };
  }

  /** Ends the open request. Throws if it cannot be decided so, or if this actor may no longer decide it. */
  private async decide(
    request: NamedRequest,
    decision: Decision,
    context: RequestContext,
    trx: Executor,
  ): Promise<void> {
    const decided = await this.store.decide(request.id, decision, trx);
    const now = await this.store.find(request.id, context.name, trx);
    if (!decided) requireOpen(now);
    const isSame = now?.owner_id === request.owner_id && now.group_id === request.group_id;
    if (!isSame || !(decision.state === 'withdrawn' || mayDecide(now, context))) throw noSuch('request');
    if (!decided || now.owner_name !== request.owner_name) throw noSuch('request');
  }

  /** An open request. It does not exist for callers whom it does not concern. */
  private async open(
    id: string,
    context: RequestContext,
    isFor: (request: NamedRequest) => boolean,
  ): Promise<NamedRequest> {
    const request = await this.store.find(id, context.name);
    if (!request || !isFor(request)) throw noSuch('request');
    requireOpen(request);
    return request;
  }

  private async named(id: string, context: RequestContext, trx: Executor): Promise<NamedRequest> {
    const request = await this.store.find(id, context.name, trx);
    if (!request) throw new Problem('not_found', 'The request is gone');
    return request;
  }

  private record(
    { requester_name: name }: NamedRequest,
    action: string,
    detail: Record<string, unknown>,
    context: RequestContext,
    trx: Executor,
  ): Promise<void> {
    return this.subjects.record({ kind: 'user', name }, context, { action, detail }, trx);
  }

  private shown(row: NamedRequest, context: RequestContext): AccessRequestDto {
    return shown(row, context, this.config.lake);
  }
}

function requireOpen(request: NamedRequest | undefined): void {
  if (request?.state === 'superseded')
    throw new Problem(
      'request_changed',
      'The requester now asks for something else, or has it by other means',
    );
  if (request && request.state !== 'open')
    throw new Problem('already_decided', 'The request was already decided');
}
