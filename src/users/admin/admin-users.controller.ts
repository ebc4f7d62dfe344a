import { Controller, Delete, Get, HttpCode, HttpStatus, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiNoContentResponse, ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { gone, Mutations } from '../../access/changes/mutations.js';
import { isEnforced, keepsSecret } from '../../access/subjects/subject-state.js';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { UserNamePipe } from '../../auth/user-name.pipe.js';
import { ApiOkOrPlan, type DryRunDto, DryRunQuery } from '../../common/dry-run/dry-run.dto.js';
import { pageOf } from '../../common/paging/paging.js';
import { decodeSortedCursor, readSort, sortedCursor } from '../../common/paging/sorting.js';
import { ApiPending, PendingDto } from '../../common/pending.dto.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import { AppConfig } from '../../config/app-config.js';
import { formatPath, homePath } from '../../policy/paths.js';
import { suspensionOf } from '../user-fields.js';
import { UserLifecycle } from '../user-lifecycle.js';
import { AdminUserDto, AdminUserPageDto, RemovalDto, RemovalQuery, UserListQuery } from './admin-user.dto.js';
import { UserRemoval } from './user-removal.js';
import { type ListedUser, UsersListStore } from './users-list.store.js';

/** Of every change of a user. */
const PROBLEMS = [
  'user_not_adopted',
  'unprocessable',
  'reserved_name',
  'storage_error',
  'storage_unavailable',
  'busy',
] as const;

@ApiTags('Users')
@Controller('admin')
export class AdminUsersController {
  constructor(
    private readonly lists: UsersListStore,
    private readonly lifecycle: UserLifecycle,
    private readonly removal: UserRemoval,
    private readonly mutations: Mutations,
    private readonly config: AppConfig,
  ) {}

  /** List users */
  @Get('users')
  @Authenticated()
  @ApiOkResponse({ type: AdminUserPageDto, description: 'A page of users' })
  @Problems('unprocessable')
  async list(@Query() { limit, cursor, sort, q, status }: UserListQuery): Promise<AdminUserPageDto> {
    const after = decodeSortedCursor(cursor, sort);
    const [rows, total] = await Promise.all([
      this.lists.page({ ...{ q, status, after }, ...readSort(sort), limit: limit + 1 }),
      this.lists.count({ q, status }),
    ]);
    const cursorOf = (row: ListedUser): string => sortedCursor(sort, { key: row.sort_key, name: row.name });
    return { ...pageOf(rows, limit, cursorOf, (row) => this.itemOf(row)), total };
  }

  /**
   * Remove a user
   * @remarks Removes the MinIO user, its policies, sessions and access keys. A user of the same name created later inherits none of them.
   * `data=delete` also deletes everything below the home, with all versions. Until that is done, calls for the name answer
   * `user_being_removed`.
   */
  @Delete('users/:user')
  @ApiParam({ name: 'user', example: 'carol' })
  @Authenticated({ limit: 'writes' })
  @ApiOkOrPlan('With `?dry_run=true`: what would be done')
  @ApiNoContentResponse({ description: 'The user is gone or never existed' })
  @ApiAcceptedResponse({
    type: RemovalDto,
    description:
      'Accepted and stored; the removal finishes when MinIO is reachable. With `data=delete`: not done within 10 s; it continues, see `Location`',
    headers: {
      Location: {
        description: 'The deletion of the data, with `data=delete`: `/admin/deletions/{id}`',
        schema: { type: 'string' },
      },
    },
  })
  @Problems(...PROBLEMS)
  remove(
    @Param('user', UserNamePipe) user: string,
    @Query() query: RemovalQuery,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RemovalDto | DryRunDto | undefined> {
    if (query.data === 'delete' && !query.dry_run) return this.removeWithData(user, context, reply);
    const request = { query, context, reply, everywhere: true };
    return this.mutations.answer(this.lifecycle.remove(user, context), request, gone);
  }

  /**
   * Disable a user: its pair, sessions and access keys stop working, and logins are refused
   * @remarks A suspended user too: then the next login does not enable it any more.
   */
  @Post('users/:user/disable')
  @ApiParam({ name: 'user', example: 'carol' })
  @HttpCode(HttpStatus.OK)
  @Authenticated({ limit: 'writes' })
  @ApiOkOrPlan('The user is disabled in MinIO', PendingDto)
  @ApiPending(PendingDto)
  @Problems('not_found', 'user_being_removed', ...PROBLEMS)
  disable(
    @Param('user', UserNamePipe) user: string,
    @Query() query: DryRunQuery,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PendingDto | DryRunDto> {
    const request = { query, context, reply, everywhere: true };
    return this.mutations.answer(this.lifecycle.disable(user, context), request, pending);
  }

  /**
   * Enable a user, including one disabled in MinIO by hand; earlier sessions stay ended
   * @remarks A suspended user too: then its directory is not asked about it until the next login.
   */
  @Post('users/:user/enable')
  @ApiParam({ name: 'user', example: 'carol' })
  @HttpCode(HttpStatus.OK)
  @Authenticated({ limit: 'writes' })
  @ApiOkOrPlan('The user is enabled in MinIO', PendingDto)
  @ApiPending(PendingDto)
  @Problems('not_found', 'user_being_removed', ...PROBLEMS)
  enable(
    @Param('user', UserNamePipe) user: string,
    @Query() query: DryRunQuery,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PendingDto | DryRunDto> {
    return this.mutations.answer(this.lifecycle.enable(user, context), { query, context, reply }, pending);
  }

  private async removeWithData(
    user: string,
    context: RequestContext,
    reply: FastifyReply,
  ): Promise<RemovalDto | undefined> {
    const { enforced, deletion } = await this.removal.withData(user, context);
    const { id, state, deleted, failed } = deletion;
    if (enforced && state === 'completed') {
      reply.status(HttpStatus.NO_CONTENT);
      return undefined;
    }
    reply.status(HttpStatus.ACCEPTED).header('location', `/admin/deletions/${id}`);
    return { id, state, deleted: Number(deleted), failed: Number(failed), enforced };
  }

  private itemOf(row: ListedUser): AdminUserDto {
    return {
      user_name: row.name,
      access_key: row.principal,
      home_path: formatPath(homePath({ ...this.config.lake, userName: row.name })),
      status: row.status === 'removed' ? 'removing' : row.status,
      suspended: suspensionOf(row),
      groups: row.groups.map(({ group_name, role }) => ({ group_name, role })),
      created_at: row.created_at.toISOString(),
      last_seen_at: row.last_seen_at && new Date(row.last_seen_at).toISOString(),
      enforced: isEnforced(row),
      keeps_secret: keepsSecret(row),
    };
  }
}

function pending({ enforced }: PendingDto): PendingDto {
  return { enforced };
}
