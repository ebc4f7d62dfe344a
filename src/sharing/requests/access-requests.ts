import { Injectable } from '@nestjs/common';
import { AccessWriter, type Work, type Written } from '../../access/change/writer.js';
import { Subjects } from '../../access/desired/subjects.js';
import type { RequestActor } from '../../auth/authenticated.js';
import { requireUserName } from '../../auth/user-name.pipe.js';
import { decodeCursor, pageOf } from '../../common/paging/paging.js';
import { brokenRule, Problem } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import type { Executor } from '../../database/schema.js';
import { formatPath, homeOwner, homePath, isBelow, type LakePath, parsePath } from '../../policy/paths.js';
import { Sharing } from '../sharing.js';
import type {
  AccessRequestDto,
  AccessRequestPageDto,
  AccessRequestsQuery,
  NewAccessRequestDto,
} from './access-request.dto.js';
import {
  AccessRequestsStore,
  type Decision,
  type NamedRequest,
  type NewRequest,
} from './access-requests.store.js';

/** Requests that one person may have open at once. */
const MAX_OPEN = 100;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What an owner gives. */
export interface Approval {
  permission: 'read' | 'write';
  expiresAt: Date | null;
}

/** Requests for access, and what their owners say. */
@Injectable()
export class AccessRequests {
  constructor(
    private readonly store: AccessRequestsStore,
    private readonly writer: AccessWriter,
    private readonly subjects: Subjects,
    private readonly sharing: Sharing,
    private readonly config: AppConfig,
  ) {}

  /** Asks for a path. An open request for the same gets the new reason; one for another permission is superseded. */
  async ask(
    { path: text, permission, reason }: NewAccessRequestDto,
    actor: RequestActor,
  ): Promise<{ request: AccessRequestDto; created: boolean }> {
    requireUserName(actor.name, this.config);
    const { path, owner } = this.ownedPath(text);
    if (owner === actor.name) throw brokenRule('path', 'is your own');
    const { value } = await this.writer.write(actor.arrivedAt, async (trx) => {
      const requesterId = await this.store.lockRequester(actor.name, trx);
      if (requesterId === undefined)
        throw new Problem('not_found', 'You have no home here yet: log in first');
      const row = await this.subjects.find({ kind: 'user', name: owner }, trx);
      const ids = { requester_id: requesterId, owner_id: row?.id ?? null };
      const put = await this.put({ ...path, ...ids, permission, reason }, actor, trx);
      const key = { kind: 'user', name: actor.name } as const;
      const detail = { path: formatPath(path), permission, ...put.superseded };
      await this.subjects.record(key, actor, { action: 'access.requested', detail }, trx);
      return { value: put, touched: [] };
    });
    return { request: await this.reread(value.id), created: value.created };
  }

  /** A page of the caller's own requests, or of those for the caller's paths; an administrator sees those for all paths. */
  async list(
    { role, state, limit, cursor }: AccessRequestsQuery,
    actor: RequestActor,
  ): Promise<AccessRequestPageDto> {
    const after = decodeCursor(cursor);
    if (after !== undefined && !ID.test(after))
      throw brokenRule('cursor', 'must be the next_cursor of an earlier page');
    const mine = role === 'requester' ? { requester: actor.name } : { owner: actor.name };
    const filter = role === 'owner' && actor.caller.admin ? 'all' : mine;
    const rows = await this.store.list(filter, state, limit + 1, after);
    return pageOf(
      rows,
      limit,
      ({ id }) => id,
      (row) => this.shown(row),
    );
  }

  /** Makes an ordinary share of what the approval names. */
  async approve(id: string, approval: Approval, actor: RequestActor): Promise<Written<AccessRequestDto>> {
    const request = await this.own(id, actor);
    if (request.permission === 'read' && approval.permission === 'write')
      throw new Problem('request_changed', 'The request asks for read');
    const { enforced } = await this.writer.write(actor.arrivedAt, this.approving(request, approval, actor));
    return { value: await this.reread(id), enforced };
  }

  /** Nothing is given. */
  async deny(id: string, actor: RequestActor): Promise<AccessRequestDto> {
    const request = await this.own(id, actor);
    await this.writer.write(actor.arrivedAt, async (trx) => {
      await this.decide(request, { state: 'denied', granted: null, decided_by: actor.name }, trx);
      const key = { kind: 'user', name: request.requester_name } as const;
      const detail = { path: formatPath(request) };
      await this.subjects.record(key, actor, { action: 'access.denied', detail }, trx);
      return { value: undefined, touched: [] };
    });
    return this.reread(id);
  }

  /** The requester's row is locked: of the requests for one path at most one is open. */
  private async put(
    input: NewRequest,
    actor: RequestActor,
    trx: Executor,
  ): Promise<{ id: string; created: boolean; superseded?: { superseded: string } }> {
    const open = await this.store.findOpen(input.requester_id, input, trx);
    if (open?.permission === input.permission) {
      await this.store.reword(open.id, input.reason, trx);
      return { id: open.id, created: false };
    }
    // who approves what was read must not approve what is asked for now: it is another request
    if (open)
      await this.store.decide(open.id, { state: 'superseded', granted: null, decided_by: actor.name }, trx);
    else if ((await this.store.countOpen(input.requester_id, trx)) >= MAX_OPEN)
      throw brokenRule('path', `at most ${MAX_OPEN} open requests`);
    const id = await this.store.create(input, trx);
    return { id, created: true, ...(open ? { superseded: { superseded: open.id } } : {}) };
  }

  private approving(request: NamedRequest, approval: Approval, actor: RequestActor): Work<undefined> {
    const { id, bucket, prefix, folder, reason, requester_name, owner_id, owner_name } = request;
    const { permission, expiresAt } = approval;
    const wish = {
      path: { bucket, prefix, folder },
      permission,
      expiresAt,
      reason,
      with: [{ kind: 'user' as const, name: requester_name }],
    };
    const share = this.sharing.sharing(owner_name ?? '', wish, actor);
    return async (trx) => {
      // first what locks the people, as a request does: then whose the path is can be looked at, and stays
      const { touched } = await share(trx);
      await this.decide(request, { state: 'approved', granted: permission, decided_by: actor.name }, trx);
      const now = await this.store.find(id, trx);
      if (now?.owner_id !== owner_id || now.owner_name !== owner_name) throw notThere();
      return { value: undefined, touched };
    };
  }

  /** Throws what keeps an open request from being decided so. */
  private async decide({ id }: NamedRequest, decision: Decision, trx: Executor): Promise<void> {
    if (await this.store.decide(id, decision, trx)) return;
    requireOpen(await this.store.find(id, trx));
    throw notThere();
  }

  /** An open request. For whoever may not decide it, it is not there. */
  private async own(id: string, actor: RequestActor): Promise<NamedRequest> {
    const request = ID.test(id) ? await this.store.find(id) : undefined;
    const mine =
      typeof request?.owner_name === 'string' && (actor.caller.admin || request.owner_name === actor.name);
    if (!request || !mine) throw notThere();
    requireOpen(request);
    return request;
  }

  private async reread(id: string): Promise<AccessRequestDto> {
    const request = await this.store.find(id);
    if (!request) throw new Problem('not_found', 'The request is gone');
    return this.shown(request);
  }

  private ownedPath(text: string): { path: LakePath; owner: string } {
    const parsed = parsePath(text);
    if (!parsed.ok) throw brokenRule('path', parsed.rule);
    const { lake } = this.config;
    const owner = homeOwner(parsed.path, lake);
    if (owner === undefined || !isBelow(parsed.path, homePath({ ...lake, userName: owner })))
      throw brokenRule('path', 'must lie at least one segment below the home of a user');
    return { path: parsed.path, owner };
  }

  private shown(row: NamedRequest): AccessRequestDto {
    const owner = homeOwner(row, this.config.lake);
    return {
      id: row.id,
      path: formatPath(row),
      permission: row.permission,
      reason: row.reason,
      requester: row.requester_name,
      // by the path, so that it does not tell whether there is such a user
      approvers: owner === undefined ? [] : [owner],
      state: row.state,
      granted: row.granted,
      created_at: row.created_at.toISOString(),
      decided_at: row.decided_at?.toISOString() ?? null,
      decided_by: row.decided_by,
    };
  }
}

function requireOpen(request: NamedRequest | undefined): void {
  if (request?.state === 'superseded')
    throw new Problem('request_changed', 'Its requester asks for something else now, by another request');
  if (request && request.state !== 'open')
    throw new Problem('already_decided', 'The request was decided before');
}

function notThere(): Problem {
  return new Problem('not_found', 'There is no such request');
}
