import { Injectable } from '@nestjs/common';
import { AccessWriter, type Work, type Written } from '../../access/change/writer.js';
import { Subjects } from '../../access/desired/subjects.js';
import type { RequestActor } from '../../auth/authenticated.js';
import { requireUserName } from '../../auth/user-name.pipe.js';
import { decodeCursor, pageOf } from '../../common/paging/paging.js';
import { brokenRule, Problem } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import { formatPath, homeOwner, homePath, isBelow, type LakePath, parsePath } from '../../policy/paths.js';
import { Sharing } from '../sharing.js';
import type {
  AccessRequestDto,
  AccessRequestPageDto,
  AccessRequestsQuery,
  NewAccessRequestDto,
} from './access-request.dto.js';
import { AccessRequestsStore, type NamedRequest } from './access-requests.store.js';

/** Requests that one person may have open at once. */
const MAX_OPEN = 100;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

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

  /** Asks for a path; a request for it that is open gets the new wording. */
  async ask(
    { path: text, permission, reason }: NewAccessRequestDto,
    actor: RequestActor,
  ): Promise<{ request: AccessRequestDto; created: boolean }> {
    requireUserName(actor.name, this.config);
    const { path, owner } = this.ownedPath(text);
    if (owner === actor.name) throw brokenRule('path', 'is your own');
    const { value } = await this.writer.write(actor.arrivedAt, async (trx) => {
      const requester = await this.subjects.find({ kind: 'user', name: actor.name }, trx);
      if (!requester) throw new Problem('not_found', 'You have no home here yet: log in first');
      if ((await this.store.countOpen(requester.id, trx)) >= MAX_OPEN)
        throw brokenRule('path', `at most ${MAX_OPEN} open requests`);
      const row = await this.subjects.find({ kind: 'user', name: owner }, trx);
      const ids = { requester_id: requester.id, owner_id: row?.id ?? null };
      const put = await this.store.put({ ...path, ...ids, permission, reason }, trx);
      const detail = { path: formatPath(path), permission };
      await this.subjects.record(requester, actor, { action: 'access.requested', detail }, trx);
      return { value: put, touched: [] };
    });
    const request = await this.store.find(value.id);
    if (!request) throw new Problem('not_found', 'The request is gone');
    return { request: shown(request), created: value.created };
  }

  /** A page of the caller's own requests, or of those for the caller's paths; an administrator sees those for all paths. */
  async list(
    { role, limit, cursor }: AccessRequestsQuery,
    actor: RequestActor,
  ): Promise<AccessRequestPageDto> {
    const after = decodeCursor(cursor);
    if (after !== undefined && !ID.test(after))
      throw brokenRule('cursor', 'must be the next_cursor of an earlier page');
    const mine = role === 'requester' ? { requester: actor.name } : { owner: actor.name };
    const filter = role === 'owner' && actor.caller.admin ? 'all' : mine;
    const rows = await this.store.list(filter, limit + 1, after);
    return pageOf(rows, limit, ({ id }) => id, shown);
  }

  /** Makes an ordinary share of it. */
  async approve(id: string, expiresAt: Date | null, actor: RequestActor): Promise<Written<AccessRequestDto>> {
    const request = await this.own(id, actor);
    const written = await this.writer.write(actor.arrivedAt, this.approving(request, expiresAt, actor));
    return { value: await this.reread(id), enforced: written.enforced };
  }

  /** Nothing is given. */
  async deny(id: string, actor: RequestActor): Promise<AccessRequestDto> {
    const request = await this.own(id, actor);
    await this.writer.write(actor.arrivedAt, async (trx) => {
      if (!(await this.store.decide(id, 'denied', actor.name, trx))) throw decided();
      const key = { kind: 'user', name: request.requester_name } as const;
      const detail = { path: formatPath(request) };
      await this.subjects.record(key, actor, { action: 'access.denied', detail }, trx);
      return { value: undefined, touched: [] };
    });
    return this.reread(id);
  }

  private approving(request: NamedRequest, expiresAt: Date | null, actor: RequestActor): Work<undefined> {
    const { id, bucket, prefix, folder, permission, reason, requester_name, owner_name } = request;
    const wish = {
      path: { bucket, prefix, folder },
      permission,
      expiresAt,
      reason,
      with: [{ kind: 'user' as const, name: requester_name }],
    };
    const share = this.sharing.sharing(owner_name ?? '', wish, actor);
    return async (trx) => {
      if (!(await this.store.decide(id, 'approved', actor.name, trx))) throw decided();
      const { touched } = await share(trx);
      return { value: undefined, touched };
    };
  }

  /** For whoever may not decide it, the request is not there. */
  private async own(id: string, actor: RequestActor): Promise<NamedRequest> {
    const request = ID.test(id) ? await this.store.find(id) : undefined;
    const mine =
      typeof request?.owner_name === 'string' && (actor.caller.admin || request.owner_name === actor.name);
    if (!request || !mine) throw new Problem('not_found', 'There is no such request');
    return request;
  }

  private async reread(id: string): Promise<AccessRequestDto> {
    const request = await this.store.find(id);
    if (!request) throw new Problem('not_found', 'The request is gone');
    return shown(request);
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
}

function decided(): Problem {
  return new Problem('already_decided', 'The request was decided before');
}

function shown(row: NamedRequest): AccessRequestDto {
  return {
    id: row.id,
    path: formatPath(row),
    permission: row.permission,
    reason: row.reason,
    requester: row.requester_name,
    state: row.state,
    created_at: row.created_at.toISOString(),
    decided_at: row.decided_at?.toISOString() ?? null,
    decided_by: row.decided_by,
  };
}
