import { Body, Controller, Get, HttpCode, HttpStatus, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Authenticated, CallerParam, type RequestContext } from '../auth/authenticated.js';
import { UserNamePipe } from '../auth/user-name.pipe.js';
import { ApiOkOrPlan, dryRun, type DryRunDto, DryRunQuery } from '../common/dry-run/dry-run.dto.js';
import { Problems } from '../common/problems/problems.decorator.js';
import { AppConfig } from '../config/app-config.js';
import { formatPath } from '../policy/paths.js';
import { PastVersions } from './past-versions.js';
import { ShareRequestDto, ShareResultDto, UnshareRequestDto } from './share.dto.js';
import { readShare, readUnshare } from './share-requests.js';
import { SharePageDto, SharesQuery } from './shares.dto.js';
import { SharesReader } from './shares-reader.js';
import { type ShareOutcome, Sharing } from './sharing.js';
import { StillReachable } from './still-reachable.js';

const PROBLEMS = [
  'not_found',
  'user_disabled',
  'user_being_removed',
  'payload_too_large',
  'unsupported_media_type',
  'unprocessable',
  'reserved_name',
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
    private readonly reader: SharesReader,
    private readonly config: AppConfig,
  ) {}

  /** List what a user shared, or what was shared with the user */
  @Get('shares')
  @Authenticated({ self: 'user' })
  @ApiOkResponse({ type: SharePageDto, description: 'A page of shares' })
  @Problems('not_found', 'unprocessable', 'reserved_name')
  shares(@Param('user', UserNamePipe) user: string, @Query() query: SharesQuery): Promise<SharePageDto> {
    return this.reader.list(user, query);
  }

  /**
   * Share a path below the home with users and groups
   * @remarks Every member reaches it at once, also with existing sessions. An existing share gets the new permission and expiration. If the
   * bucket has versions, `message` of a result says that old and deleted objects become readable too.
   */
  @Post('share')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ self: 'user', limit: 'writes' })
  @ApiOkOrPlan('Every target has access', ShareResultDto)
  @ApiResponse({
    status: 202,
    type: ShareResultDto,
    description: 'Accepted and stored; will be applied when MinIO is reachable',
  })
  @ApiResponse({ status: 207, type: ShareResultDto, description: 'Some targets were refused' })
  @Problems(...PROBLEMS, 'all_refused')
  async share(
    @Param('user', UserNamePipe) user: string,
    @Query() query: DryRunQuery,
    @Body() body: ShareRequestDto,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ShareResultDto | DryRunDto> {
    const spec = readShare(user, body, this.config.lake);
    if (query.dry_run) return dryRun(await this.sharing.planShare(user, spec, context));
    const outcome = await this.past.complete(this.sharing.share(user, spec, context), spec.path);
    reply.status(statusOf(outcome));
    return { path: formatPath(spec.path), permission: spec.permission, ...outcome };
  }

  /**
   * End the share of exactly this path
   * @remarks The response lists the other sources by which a target still reaches it: a parent folder, a group, a foreign policy in MinIO.
   */
  @Post('unshare')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ self: 'user', limit: 'writes' })
  @ApiOkOrPlan('No target has access by this share any longer', ShareResultDto)
  @ApiResponse({
    status: 202,
    type: ShareResultDto,
    description: 'Accepted and stored; will be applied when MinIO is reachable',
  })
  @ApiResponse({ status: 207, type: ShareResultDto, description: 'Some targets were refused' })
  @Problems(...PROBLEMS, 'all_refused')
  async unshare(
    @Param('user', UserNamePipe) user: string,
    @Query() query: DryRunQuery,
    @Body() body: UnshareRequestDto,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ShareResultDto | DryRunDto> {
    const spec = readUnshare(user, body, this.config.lake);
    if (query.dry_run) return dryRun(await this.sharing.planUnshare(user, spec, context));
    const outcome = await this.still.complete(
      await this.sharing.unshare(user, spec, context),
      spec.path,
      context.arrivedAt,
    );
    reply.status(statusOf(outcome));
    return { path: formatPath(spec.path), permission: null, ...outcome };
  }
}

/** 200: all done; 202: not enforced yet; 207: some refused. */
function statusOf({ results, enforced }: ShareOutcome): number {
  if (results.some(({ status }) => status === 'refused')) return HttpStatus.MULTI_STATUS;
  return enforced ? HttpStatus.OK : HttpStatus.ACCEPTED;
}
