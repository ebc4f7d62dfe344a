import { Body, Controller, Get, HttpCode, HttpStatus, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Authenticated, CallerParam, type RequestActor } from '../../auth/authenticated.js';
import { readExpiry } from '../../common/expiry.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import { AppConfig } from '../../config/app-config.js';
import {
  AccessRequestDto,
  AccessRequestPageDto,
  AccessRequestsQuery,
  ApprovalDto,
  NewAccessRequestDto,
} from './access-request.dto.js';
import { PastVersions, pastOf } from '../past-versions.js';
import { AccessRequests } from './access-requests.js';

const BODY = ['payload_too_large', 'unsupported_media_type', 'unprocessable'] as const;

@ApiTags('Access')
@Controller('access-requests')
export class AccessRequestsController {
  constructor(
    private readonly requests: AccessRequests,
    private readonly past: PastVersions,
    private readonly config: AppConfig,
  ) {}

  /**
   * Ask for access to somebody's path
   * @remarks The answer does not tell whether the owner or the path exists. An open request for the same permission on the path gets the new
   * reason; another permission is a new request, and the open one is superseded.
   */
  @Post()
  @HttpCode(HttpStatus.CREATED)
  @Authenticated({ person: true, limit: 'writes' })
  @ApiCreatedResponse({ type: AccessRequestDto, description: 'The request' })
  @ApiOkResponse({ type: AccessRequestDto, description: 'The request that was open, with the new reason' })
  @Problems('not_a_person', 'not_found', 'reserved_name', ...BODY)
  async ask(
    @Body() body: NewAccessRequestDto,
    @CallerParam() actor: RequestActor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AccessRequestDto> {
    const { request, created } = await this.requests.ask(body, actor);
    reply.status(created ? HttpStatus.CREATED : HttpStatus.OK);
    return request;
  }

  /** List requests for one's paths, or one's own requests */
  @Get()
  @Authenticated({ people: true })
  @ApiOkResponse({ type: AccessRequestPageDto, description: 'A page of requests' })
  @Problems('unprocessable')
  list(
    @Query() query: AccessRequestsQuery,
    @CallerParam() actor: RequestActor,
  ): Promise<AccessRequestPageDto> {
    return this.requests.list(query, actor);
  }

  /**
   * Approve a request: an ordinary share is made of it. For the owner of the path and administrators
   * @remarks The approval names what it gives: nothing that was asked for later is approved by it. `request_changed`: the request does not ask
   * for that, or was replaced by another one.
   */
  @Post(':id/approve')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ people: true, limit: 'writes' })
  @ApiOkResponse({ type: AccessRequestDto, description: 'The requester has access' })
  @ApiAcceptedResponse({ type: AccessRequestDto, description: 'Kept; MinIO is told as soon as it answers' })
  @Problems('not_found', 'already_decided', 'request_changed', 'user_disabled', 'user_being_removed')
  @Problems('all_refused')
  @Problems(...BODY, 'storage_error', 'busy')
  async approve(
    @Param('id') id: string,
    @Body() { permission, expires_at }: ApprovalDto,
    @CallerParam() actor: RequestActor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AccessRequestDto> {
    const approval = { permission, expiresAt: readExpiry(expires_at) };
    const {
      done: { value, enforced },
      reached,
    } = await this.past.beside(this.requests.approve(id, approval, actor), this.config.lake.bucket);
    reply.status(enforced ? HttpStatus.OK : HttpStatus.ACCEPTED);
    return reached ? { ...value, message: pastOf({ kind: 'user', name: value.requester }) } : value;
  }

  /** Deny a request. For the owner of the path and administrators */
  @Post(':id/deny')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ people: true, limit: 'writes' })
  @ApiOkResponse({ type: AccessRequestDto, description: 'Nothing was given' })
  @Problems('not_found', 'already_decided', 'request_changed')
  deny(@Param('id') id: string, @CallerParam() actor: RequestActor): Promise<AccessRequestDto> {
    return this.requests.deny(id, actor);
  }
}
