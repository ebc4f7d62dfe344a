import { Controller, Delete, Get, Header, HttpCode, HttpStatus, Param, Post, Query } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';
import { Memberships } from '../../access/memberships/memberships.js';
import { CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { UserNamePipe } from '../../auth/user-name.pipe.js';
import { Optional } from '../../common/http/validation.js';
import { Pairs } from '../../credentials/pairs.js';
import { UserRemoval } from '../../users/admin/user-removal.js';
import { KbaseError, requireEnforced } from '../errors/kbase-error.js';
import { ListedStore } from '../groups/listed.store.js';
import { Kbase } from '../kbase-route.js';
import { WorkspaceReader } from '../workspaces/workspace-reader.js';

/** The part of the list of users that is wanted. */
export class UsersQuery {
  @Optional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  page: number = 1;

  @Optional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(500)
  page_size: number = 50;
}

/** `/management/users`, for administrators. */
@Controller('management/users')
export class KbaseUsersController {
  constructor(
    private readonly lists: ListedStore,
    private readonly reader: WorkspaceReader,
    private readonly memberships: Memberships,
    private readonly pairs: Pairs,
    private readonly removal: UserRemoval,
  ) {}

  @Get('names')
  @Kbase({})
  async names() {
    const usernames = await this.lists.userNames();
    return { usernames, total_count: usernames.length };
  }

  @Get()
  @Kbase({})
  async list(@Query() { page, page_size }: UsersQuery) {
    const { users, total } = await this.lists.userPage((page - 1) * page_size, page_size);
    const pages = Math.ceil(total / page_size);
    return {
      users: users.map((row) => this.reader.brief(row, row.groups)),
      total_count: total,
      retrieved_count: users.length,
      page,
      page_size,
      total_pages: Math.max(1, pages),
      has_next: page < pages,
      has_prev: page > 1,
    };
  }

  /** A user who exists gets a new pair. */
  @Post(':user')
  @HttpCode(HttpStatus.CREATED)
  @Header('cache-control', 'no-store')
  @Kbase({ limit: 'credentials' })
  create(@Param('user', UserNamePipe) user: string, @CallerParam() context: RequestContext) {
    return this.issue(user, 'create', context);
  }

  @Post(':user/rotate-credentials')
  @HttpCode(HttpStatus.OK)
  @Header('cache-control', 'no-store')
  @Kbase({ limit: 'credentials' })
  async rotate(@Param('user', UserNamePipe) user: string, @CallerParam() context: RequestContext) {
    await this.require(user);
    return this.issue(user, 'rotate', context);
  }

  /** Deletes the user's files, too, as KBase's own service does. */
  @Delete(':user')
  @Kbase({ limit: 'writes' })
  async remove(@Param('user', UserNamePipe) user: string, @CallerParam() context: RequestContext) {
    await this.require(user);
    const { deletion } = requireEnforced(await this.removal.withData(user, context));
    const message =
      deletion.state === 'completed'
        ? `User ${user} deleted successfully`
        : `User ${user} is deleted; the files are still being deleted, see /admin/deletions/${deletion.id}`;
    return { resource_type: 'user', resource_name: user, message };
  }

  private async require(user: string): Promise<void> {
    if (!(await this.memberships.userWithGroups(user)))
      throw new KbaseError('user', `User ${user} not found`);
  }

  private async issue(user: string, operation: 'create' | 'rotate', context: RequestContext) {
    const spec = { rotate: true, revokeSessions: false, revokeAccessKeys: false };
    const { user_name: username, access_key, secret_key } = await this.pairs.issue(user, spec, context);
    const { home_paths, groups, total_policies } = await this.reader.me(user);
    const done = { operation, performed_by: context.name, timestamp: new Date().toISOString() };
    return { username, access_key, secret_key, home_paths, groups, total_policies, ...done };
  }
}
