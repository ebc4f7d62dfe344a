import { Body, Controller, Delete, Get, HttpCode, HttpStatus, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { isInSync } from '../access/desired/subjects.js';
import { Authenticated, CallerParam, type RequestActor } from '../auth/authenticated.js';
import { UserNamePipe } from '../auth/user-name.pipe.js';
import { decodeCursor, pageOf } from '../common/paging/paging.js';
import { PendingDto } from '../common/pending.dto.js';
import { Problems } from '../common/problems/problems.decorator.js';
import { AppConfig } from '../config/app-config.js';
import type { SubjectRow } from '../database/schema.js';
import { formatPath, homePath } from '../policy/paths.js';
import { UserLifecycle } from '../users/user-lifecycle.js';
import {
  AdminUserDto,
  AdminUserPageDto,
  AdminUsersQuery,
  AdoptionDto,
  AdoptionRequestDto,
  RemovalQuery,
} from './admin-user.dto.js';
import { UsersListStore } from './users-list.store.js';

@ApiTags('Administration')
@Controller('admin')
export class AdminUsersController {
  constructor(
    private readonly users: UsersListStore,
    private readonly lifecycle: UserLifecycle,
    private readonly config: AppConfig,
  ) {}

  /** List users */
  @Get('users')
  @Authenticated()
  @ApiOkResponse({ type: AdminUserPageDto, description: 'A page of users' })
  @Problems('unprocessable')
  async list(@Query() query: AdminUsersQuery): Promise<AdminUserPageDto> {
    const rows = await this.users.list(query.limit + 1, decodeCursor(query.cursor), query.q);
    return pageOf(
      rows,
      query.limit,
      (row) => row.name,
      (row) => this.itemOf(row),
    );
  }

  /**
   * Remove a user
   * @remarks The MinIO user, its policies, sessions and access keys go; a user of the same name created later inherits none of them.
   */
  @Delete('users/:user')
  @Authenticated({ limit: 'writes' })
  @ApiNoContentResponse({ description: 'The user is gone, or never was' })
  @ApiAcceptedResponse({
    type: PendingDto,
    description: 'Kept; the removal is finished as soon as MinIO answers',
  })
  @Problems(
    'user_not_adopted',
    'unprocessable',
    'reserved_name',
    'storage_error',
    'storage_unavailable',
    'busy',
  )
  async remove(
    @Param('user', UserNamePipe) user: string,
    @Query() _query: RemovalQuery,
    @CallerParam() actor: RequestActor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PendingDto | undefined> {
    const { enforced } = await this.lifecycle.remove(user, actor);
    reply.status(enforced ? HttpStatus.NO_CONTENT : HttpStatus.ACCEPTED);
    return enforced ? undefined : { enforced };
  }

  /** Disable a user: its pair, sessions and access keys stop, logins are refused */
  @Post('users/:user/disable')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ limit: 'writes' })
  @ApiOkResponse({ type: PendingDto, description: 'The user is disabled in MinIO' })
  @ApiAcceptedResponse({ type: PendingDto, description: 'Kept; MinIO is told as soon as it answers' })
  @Problems('not_found', 'user_being_removed', 'unprocessable', 'reserved_name', 'busy')
  async disable(
    @Param('user', UserNamePipe) user: string,
    @CallerParam() actor: RequestActor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PendingDto> {
    const outcome = await this.lifecycle.disable(user, actor);
    reply.status(outcome.enforced ? HttpStatus.OK : HttpStatus.ACCEPTED);
    return outcome;
  }

  /** Enable a user, also one that was disabled in MinIO by hand; sessions from before stay ended */
  @Post('users/:user/enable')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ limit: 'writes' })
  @ApiOkResponse({ type: PendingDto, description: 'The user is enabled in MinIO' })
  @ApiAcceptedResponse({ type: PendingDto, description: 'Kept; MinIO is told as soon as it answers' })
  @Problems('not_found', 'user_being_removed', 'unprocessable', 'reserved_name', 'busy')
  async enable(
    @Param('user', UserNamePipe) user: string,
    @CallerParam() actor: RequestActor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PendingDto> {
    const outcome = await this.lifecycle.enable(user, actor);
    reply.status(outcome.enforced ? HttpStatus.OK : HttpStatus.ACCEPTED);
    return outcome;
  }

  /**
   * Take over existing MinIO users
   * @remarks Each gets this service's policy and a new secret key: its old one stops. Policies attached by others stay attached.
   */
  @Post('adopt')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ limit: 'writes' })
  @ApiOkResponse({ type: AdoptionDto, description: 'What became of each name' })
  @Problems(
    'payload_too_large',
    'unsupported_media_type',
    'unprocessable',
    'storage_error',
    'storage_unavailable',
    'busy',
  )
  async adopt(@Body() body: AdoptionRequestDto, @CallerParam() actor: RequestActor): Promise<AdoptionDto> {
    const results = [];
    for (const name of body.users) results.push(await this.lifecycle.adopt(name, actor));
    return { results };
  }

  private itemOf(row: SubjectRow): AdminUserDto {
    return {
      user_name: row.name,
      access_key: row.principal,
      home_path: formatPath(homePath({ ...this.config.lake, userName: row.name })),
      status: row.status === 'removed' ? 'removing' : row.status,
      groups: [],
      created_at: row.created_at.toISOString(),
      enforced: isInSync(row),
    };
  }
}
