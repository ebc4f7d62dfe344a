import { Body, Controller, HttpCode, HttpStatus, Param, Post, Query, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Mutations } from '../access/changes/mutations.js';
import { Authenticated, CallerParam, type RequestContext } from '../auth/authenticated.js';
import { UserNamePipe } from '../auth/user-name.pipe.js';
import { ApiOkOrPlan, type DryRunDto, DryRunQuery } from '../common/dry-run/dry-run.dto.js';
import { ApiPending } from '../common/pending.dto.js';
import { Problems } from '../common/problems/problems.decorator.js';
import { AppConfig } from '../config/app-config.js';
import { formatPath } from '../policy/paths.js';
import { PastVersions, withPast } from './past-versions.js';
import { ShareRequestDto, ShareResultDto, UnshareRequestDto } from './share.dto.js';
import { readShare, readUnshare } from './share-requests.js';
import { Sharing } from './sharing.js';
import { StillReachable } from './still-reachable.js';
import type { TargetResult } from './target-result.js';

const PROBLEMS = [
  'not_found',
  'user_disabled',
  'user_being_removed',
  'storage_error',
  'storage_unavailable',
  'busy',
] as const;

@ApiTags('Sharing')
@Controller('users/:user')
export class SharingController {
  constructor(
    private readonly sharing: Sharing,
    private readonly still: StillReachable,
    private readonly past: PastVersions,
    private readonly config: AppConfig,
    private readonly mutations: Mutations,
  ) {}

  /**
   * Share a path below the home with users and groups
   * @remarks Every member reaches it at once, also with existing sessions. An existing share gets the new permission and expiration. If the
   * bucket has versions, `message` of a result says that old and deleted objects become readable too. With `await_login`, the share waits
   * for users who have not logged in yet (`waiting`); repeating it replaces the one that waits.
   */
  @Post('share')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ self: 'user', limit: 'writes' })
  @ApiOkOrPlan('Every target has access, or gets it at the first login', ShareResultDto)
  @ApiPending(ShareResultDto)
  @ApiResponse({ status: 207, type: ShareResultDto, description: 'Some targets were refused' })
  @Problems(...PROBLEMS, 'all_refused')
  share(
    @Param('user', UserNamePipe) user: string,
    @Query() query: DryRunQuery,
    @Body() body: ShareRequestDto,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ShareResultDto | DryRunDto> {
    const spec = readShare(user, body, this.config.lake);
    const hasVersions = this.past.ask(spec.path.bucket);
    const mutation = this.sharing.share(user, spec, context);
    return this.mutations.answer(mutation, { query, context, reply }, async ({ value, enforced }) => {
      const results = (await hasVersions({ enforced })) ? withPast(value) : value;
      if (isPartial(results)) reply.status(HttpStatus.MULTI_STATUS);
      return { path: formatPath(spec.path), permission: spec.permission, results, enforced };
    });
  }

  /**
   * End the share of exactly this path
   * @remarks The response lists the other sources by which a target still reaches it: a parent folder, a group, a foreign policy in MinIO.
   */
  @Post('unshare')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ self: 'user', limit: 'writes' })
  @ApiOkOrPlan('No target has access by this share any longer', ShareResultDto)
  @ApiPending(ShareResultDto)
  @ApiResponse({ status: 207, type: ShareResultDto, description: 'Some targets were refused' })
  @Problems(...PROBLEMS, 'all_refused')
  unshare(
    @Param('user', UserNamePipe) user: string,
    @Query() query: DryRunQuery,
    @Body() body: UnshareRequestDto,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ShareResultDto | DryRunDto> {
    const spec = readUnshare(user, body, this.config.lake);
    const mutation = this.sharing.unshare(user, spec, context);
    return this.mutations.answer(mutation, { query, context, reply }, async ({ value, enforced }) => {
      const results = await this.still.complete(value, spec.path, context.arrivedAt);
      if (isPartial(results)) reply.status(HttpStatus.MULTI_STATUS);
      return { path: formatPath(spec.path), permission: null, results, enforced };
    });
  }
}

function isPartial(results: readonly TargetResult[]): boolean {
  return results.some(({ status }) => status === 'refused');
}
