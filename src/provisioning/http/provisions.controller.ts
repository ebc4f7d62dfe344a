import { Body, Controller, Get, Headers, HttpCode, HttpStatus, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { IdParam } from '../../common/http/id-param.js';
import { ApiOkOrPlan, dryRun, type DryRunDto, DryRunQuery } from '../../common/dry-run/dry-run.dto.js';
import { decodeCursor, pageOf, SEQUENCE_CURSOR } from '../../common/paging/paging.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import type { ProvisionRow } from '../../database/schema.js';
import { PageQuery } from '../../common/paging/page-query.dto.js';
import { Kinds } from '../kinds/kinds.js';
import { ProvisionActions } from '../records/provision-actions.js';
import { Provisions } from '../records/provisions.js';
import { type ProvisionFilter, ProvisionListsStore } from '../records/provision-lists.store.js';
import { readIdempotencyKey } from './idempotency-key.js';
import {
  DiscardDto,
  ProvisionDetailDto,
  ProvisionDto,
  ProvisionPageDto,
  ProvisionRequestDto,
  ProvisionsQuery,
} from './provision.dto.js';
import { eventOf, provisionOf } from './views.js';

@ApiTags('Provisioning')
@Controller('provisions')
export class ProvisionsController {
  constructor(
    private readonly provisions: Provisions,
    private readonly actions: ProvisionActions,
    private readonly lists: ProvisionListsStore,
    private readonly kinds: Kinds,
  ) {}

  /** Request a user, a group, a membership, a share, a bucket, an access key or another kind of provision */
  @Post()
  @HttpCode(HttpStatus.ACCEPTED)
  @Authenticated({ limit: 'writes' })
  @ApiAcceptedResponse({ type: ProvisionDto, description: 'Accepted; `Location` shows its state' })
  @ApiOkOrPlan('With `?dry_run=true`: what would be done')
  @Problems(
    'not_found',
    'reserved_name',
    'idempotency_conflict',
    'name_taken',
    'not_possible',
    'unknown_user',
    'storage_error',
    'storage_unavailable',
    ...([
      'not_allowed_step',
      'quota_exceeded',
      'score_invalid',
      'target_refused',
      'target_unavailable',
    ] as const),
  )
  async submit(
    @Body() { kind, input, metadata }: ProvisionRequestDto,
    @Query() query: DryRunQuery,
    @Headers('idempotency-key') key: string | undefined,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProvisionDto | DryRunDto> {
    this.kinds.requireRequestable(kind);
    const request = {
      kind,
      input,
      metadata,
      origin: 'api',
      idempotencyKey: readIdempotencyKey(key),
    } as const;
    if (query.dry_run) {
      reply.status(HttpStatus.OK);
      return dryRun(await this.provisions.plan(request, context));
    }
    return located(await this.provisions.submit(request, context), reply);
  }

  /** List provisions, the newest first */
  @Get()
  @Authenticated()
  @ApiOkResponse({ type: ProvisionPageDto, description: 'A page of provisions' })
  @Problems('unprocessable')
  list(@Query() { limit, cursor, ...filter }: ProvisionsQuery): Promise<ProvisionPageDto> {
    return this.page(filter, limit, cursor);
  }

  /** List dead letters, the newest first, with their last error */
  @Get('dead-letters')
  @Authenticated()
  @ApiOkResponse({ type: ProvisionPageDto, description: 'A page of dead letters' })
  @Problems('unprocessable')
  deadLetters(@Query() { limit, cursor }: PageQuery): Promise<ProvisionPageDto> {
    return this.page({ dead: true }, limit, cursor);
  }

  /** Show a provision and its events */
  @Get(':id')
  @Authenticated()
  @ApiOkResponse({ type: ProvisionDetailDto, description: 'The provision' })
  @Problems('not_found')
  async show(@IdParam('id', 'provision') id: string): Promise<ProvisionDetailDto> {
    const row = await this.provisions.require(id);
    const [events, progress] = await Promise.all([this.lists.eventsOf(row.id), this.progressOf(row)]);
    return { ...provisionOf(row), ...(progress ? { progress } : {}), events: events.map(eventOf) };
  }

  /**
   * Cancel a provision that has not started
   * @remarks One of the kind `credentials.rotate_all` also while it runs.
   */
  @Post(':id/cancel')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ limit: 'writes' })
  @ApiOkResponse({ type: ProvisionDto, description: 'The cancelled provision' })
  @Problems('not_found', 'not_possible')
  async cancel(
    @IdParam('id', 'provision') id: string,
    @CallerParam() context: RequestContext,
  ): Promise<ProvisionDto> {
    return provisionOf(await this.actions.cancel(id, context));
  }

  /** Run a waiting provision now, or repeat a failed one as a new provision */
  @Post(':id/retry')
  @HttpCode(HttpStatus.ACCEPTED)
  @Authenticated({ limit: 'writes' })
  @ApiAcceptedResponse({ type: ProvisionDto, description: 'The provision that will run' })
  @Problems('not_found', 'not_possible', 'unprocessable')
  async retry(
    @IdParam('id', 'provision') id: string,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProvisionDto> {
    return located(await this.actions.retry(id, context), reply);
  }

  /**
   * Undo what a provision created
   * @remarks Creates a new provision, which points to the one that it undoes. Anything that existed before, or was added since, stays: a
   * home keeps its data, and a bucket that is not empty stays. For the kinds user, group, membership, share, bucket, quota, tags and prefix.
   */
  @Post(':id/undo')
  @HttpCode(HttpStatus.ACCEPTED)
  @Authenticated({ limit: 'writes' })
  @ApiAcceptedResponse({ type: ProvisionDto, description: 'The new provision' })
  @Problems('not_found', 'not_possible')
  async undo(
    @IdParam('id', 'provision') id: string,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProvisionDto> {
    return located(await this.actions.undo(id, context), reply);
  }

  /** Repeat a dead letter as a new provision that points to it */
  @Post(':id/redrive')
  @HttpCode(HttpStatus.ACCEPTED)
  @Authenticated({ limit: 'writes' })
  @ApiAcceptedResponse({ type: ProvisionDto, description: 'The new provision' })
  @Problems('not_found', 'not_possible', 'unprocessable')
  async redrive(
    @IdParam('id', 'provision') id: string,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProvisionDto> {
    return located(await this.actions.redrive(id, context), reply);
  }

  /** Discard a dead letter */
  @Post(':id/discard')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ limit: 'writes' })
  @ApiOkResponse({ type: ProvisionDto, description: 'The discarded provision' })
  @Problems('not_found', 'not_possible')
  async discard(
    @IdParam('id', 'provision') id: string,
    @Body() { reason }: DiscardDto,
    @CallerParam() context: RequestContext,
  ): Promise<ProvisionDto> {
    return provisionOf(await this.actions.discard(id, reason, context));
  }

  private async progressOf({ kind, input }: ProvisionRow): Promise<Record<string, number> | undefined> {
    return this.kinds.find(kind)?.progress?.(this.kinds.inputOf(kind, input));
  }

  private async page(
    filter: ProvisionFilter,
    limit: number,
    cursor: string | undefined,
  ): Promise<ProvisionPageDto> {
    const before = decodeCursor(cursor, SEQUENCE_CURSOR);
    const [rows, total] = await Promise.all([
      this.lists.list(filter, limit + 1, before),
      this.lists.count(filter),
    ]);
    return { ...pageOf(rows, limit, ({ seq }) => String(seq), provisionOf), total };
  }
}

function located(row: ProvisionRow, reply: FastifyReply): ProvisionDto {
  reply.header('location', `/provisions/${row.id}`);
  return provisionOf(row);
}
