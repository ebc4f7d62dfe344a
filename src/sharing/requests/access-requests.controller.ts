import { Body, Controller, Get, HttpCode, HttpStatus, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Mutations } from '../../access/changes/mutations.js';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { IdParam } from '../../common/http/id-param.js';
import { ApiOkOrPlan, type DryRunDto, DryRunQuery } from '../../common/dry-run/dry-run.dto.js';
import { ApiPending } from '../../common/pending.dto.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import { AppConfig } from '../../config/app-config.js';
import { PastVersions, pastOf } from '../past-versions.js';
import {
  AccessRequestDto,
  AccessRequestPageDto,
  AccessRequestsQuery,
  GroupApprovalDto,
  NewGroupRequestDto,
  NewPathRequestDto,
  PathApprovalDto,
} from './access-request.dto.js';
import { AccessRequests } from './access-requests.js';
import {
  ApiEitherBody,
  type ApprovalBody,
  ApprovalPipe,
  type NewRequestBody,
  NewRequestPipe,
  readApproval,
} from './request-bodies.js';

@ApiTags('Access requests')
@Controller('access-requests')
export class AccessRequestsController {
  constructor(
    private readonly requests: AccessRequests,
    private readonly mutations: Mutations,
    private readonly past: PastVersions,
    private readonly config: AppConfig,
  ) {}

  /**
   * Request access to another user's path, or to a group
   * @remarks The response does not reveal whether the owner, the path or the group exists. An open request for the same permission on the
   * path, or the same role in the group, gets the new reason. For another permission or role, a new request supersedes the open one.
   */
  @Post()
  @HttpCode(HttpStatus.CREATED)
  @Authenticated({ person: true, limit: 'writes' })
  @ApiEitherBody(NewPathRequestDto, NewGroupRequestDto)
  @ApiCreatedResponse({ type: AccessRequestDto, description: 'The request' })
  @ApiOkResponse({ type: AccessRequestDto, description: 'The open request, with the new reason' })
  @Problems('not_found', 'reserved_name')
  ask(
    @Body(NewRequestPipe) body: NewRequestBody,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AccessRequestDto> {
    return this.mutations.run(this.requests.ask(body, context), { context, reply }, ({ value }) => {
      if (value.created) reply.status(HttpStatus.CREATED);
      return value.request;
    });
  }

  /** List requests for the caller's paths and groups, or the caller's own requests */
  @Get()
  @Authenticated({ people: true })
  @ApiOkResponse({ type: AccessRequestPageDto, description: 'A page of requests' })
  @Problems('unprocessable')
  list(
    @Query() query: AccessRequestsQuery,
    @CallerParam() context: RequestContext,
  ): Promise<AccessRequestPageDto> {
    return this.requests.list(query, context);
  }

  /**
   * Approve a request, which creates an ordinary share or an ordinary membership. For the owner of the path, owners of the group, and
   * administrators
   * @remarks The approval names what it gives: the permission on a path, or the role in a group. It never approves anything requested
   * later. `request_changed`: the request does not ask for that, was replaced by another one, or the requester has more by other means.
   */
  @Post(':id/approve')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ people: true, limit: 'writes' })
  @ApiEitherBody(PathApprovalDto, GroupApprovalDto)
  @ApiOkOrPlan('The requester has access', AccessRequestDto)
  @ApiPending(AccessRequestDto)
  @Problems(
    'not_found',
    'already_decided',
    'request_changed',
    'user_disabled',
    'user_being_removed',
    'all_refused',
    'name_taken',
    'storage_unavailable',
    'storage_error',
    'busy',
  )
  approve(
    @IdParam('id', 'request') id: string,
    @Query() query: DryRunQuery,
    @Body(ApprovalPipe) body: ApprovalBody,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AccessRequestDto | DryRunDto> {
    const approval = readApproval(body);
    const hasVersions = this.past.askAll(this.config.lake.homes.map(({ bucket }) => bucket));
    const mutation = this.requests.approve(id, approval, context);
    return this.mutations.answer(mutation, { query, context, reply }, async ({ value, enforced }) => {
      if (value.path === undefined || !(await hasVersions(value.path, { enforced }))) return value;
      return { ...value, message: pastOf({ kind: 'user', name: value.requester }) };
    });
  }

  /** Deny a request. For the owner of the path, owners of the group, and administrators */
  @Post(':id/deny')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ people: true, limit: 'writes' })
  @ApiOkOrPlan('Nothing was given', AccessRequestDto)
  @Problems('not_found', 'already_decided', 'request_changed', 'unprocessable')
  deny(
    @IdParam('id', 'request') id: string,
    @Query() query: DryRunQuery,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AccessRequestDto | DryRunDto> {
    const request = { query, context, reply };
    return this.mutations.answer(this.requests.deny(id, context), request, ({ value }) => value);
  }

  /** Withdraw one's own request */
  @Post(':id/withdraw')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ person: true, limit: 'writes' })
  @ApiOkResponse({ type: AccessRequestDto, description: 'The request is withdrawn' })
  @Problems('not_found', 'already_decided', 'request_changed')
  withdraw(
    @IdParam('id', 'request') id: string,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AccessRequestDto> {
    const withdrawal = this.requests.withdraw(id, context);
    return this.mutations.run(withdrawal, { context, reply }, ({ value }) => value);
  }
}
