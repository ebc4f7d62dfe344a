import { Body, Controller, Get, Headers, HttpCode, HttpStatus, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiHeader, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { DryRunQuery } from '../../common/dry-run/dry-run.dto.js';
import { IdParam } from '../../common/http/id-param.js';
import { decodeCursor, pageOf, SEQUENCE_CURSOR } from '../../common/paging/paging.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import { readIdempotencyKey } from '../../provisioning/http/idempotency-key.js';
import { OrderPlans } from '../records/order-plans.js';
import { type OrderPlan, OrderPlansStore } from '../records/order-plans.store.js';
import { PlanActions } from '../records/plan-actions.js';
import { PlanChecks } from '../records/plan-checks.js';
import { PlanDryRunDto, PlanDto, PlanPageDto, PlanRequestDto, PlansQuery } from './plan.dto.js';
import { planOf, summaryOf } from './views.js';

/** Order plans. A service token with the scope `provision` sees its own. */
@ApiTags('Provisioning')
@Controller('plans')
export class PlansController {
  constructor(
    private readonly plans: OrderPlans,
    private readonly checks: PlanChecks,
    private readonly actions: PlanActions,
    private readonly store: OrderPlansStore,
  ) {}

  /**
   * Request provisions in stages, whose joint result is one result
   * @remarks Everything is checked before anything is recorded: if an item is not valid, the answer is 422 with every broken rule. A service
   * token with the scope `provision` can request `access.grant` and `access.revoke`, within the limits of `POST /provision`.
   */
  @Post()
  @HttpCode(HttpStatus.ACCEPTED)
  @Authenticated({ service: 'provision', limit: 'writes' })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'A repeated request with the same key returns the same plan: 1 to 200 printable characters',
    example: 'order-4711',
  })
  @ApiAcceptedResponse({ type: PlanDto, description: 'Accepted; `Location` shows how far it is' })
  @ApiOkResponse({ type: PlanDryRunDto, description: 'With `?dry_run=true`: what each item would do' })
  @Problems('idempotency_conflict', 'admin_target', 'storage_error', 'storage_unavailable')
  async submit(
    @Body() body: PlanRequestDto,
    @Query() query: DryRunQuery,
    @Headers('idempotency-key') key: string | undefined,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PlanDto | PlanDryRunDto> {
    const request = { ...body, idempotencyKey: readIdempotencyKey(key) };
    if (query.dry_run) {
      reply.status(HttpStatus.OK);
      return { dry_run: true, items: await this.checks.plan(request, context) };
    }
    return located(await this.plans.request(request, context), reply);
  }

  /** List order plans, the newest first */
  @Get()
  @Authenticated({ service: 'provision' })
  @ApiOkResponse({ type: PlanPageDto, description: 'A page of plans' })
  @Problems('unprocessable')
  async list(
    @Query() { limit, cursor, order }: PlansQuery,
    @CallerParam() context: RequestContext,
  ): Promise<PlanPageDto> {
    const before = decodeCursor(cursor, SEQUENCE_CURSOR);
    const requestedBy = context.caller.admin ? undefined : context;
    const plans = await this.store.list({ requestedBy, order, limit: limit + 1, before });
    return pageOf(plans, limit, ({ seq }) => String(seq), summaryOf);
  }

  /** Show an order plan and its items */
  @Get(':id')
  @Authenticated({ service: 'provision' })
  @ApiOkResponse({ type: PlanDto, description: 'The plan' })
  @Problems('not_found')
  async show(@IdParam('id', 'plan') id: string, @CallerParam() context: RequestContext): Promise<PlanDto> {
    return planOf(await this.plans.require(id, context));
  }

  /**
   * Take back what an order plan made
   * @remarks The last stage first. Only what the plan newly made goes: what existed before, or was changed since, stays, and so does what another
   * plan has as well, until that one is taken back, too.
   */
  @Post(':id/undo')
  @HttpCode(HttpStatus.ACCEPTED)
  @Authenticated({ service: 'provision', limit: 'writes' })
  @ApiAcceptedResponse({ type: PlanDto, description: 'The plan, which is taken back' })
  @Problems('not_found', 'not_possible')
  undo(
    @IdParam('id', 'plan') id: string,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PlanDto> {
    return this.act(id, context, reply, (plan) => this.actions.undo(plan, context));
  }

  /**
   * Cancel an order plan
   * @remarks Nothing more begins. What is under way is finished first, and what was made stays until it is undone.
   */
  @Post(':id/cancel')
  @HttpCode(HttpStatus.ACCEPTED)
  @Authenticated({ service: 'provision', limit: 'writes' })
  @ApiAcceptedResponse({ type: PlanDto, description: 'The plan, which ends' })
  @Problems('not_found', 'not_possible')
  cancel(
    @IdParam('id', 'plan') id: string,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PlanDto> {
    return this.act(id, context, reply, (plan) => this.actions.cancel(plan, context));
  }

  private async act(
    id: string,
    context: RequestContext,
    reply: FastifyReply,
    work: (plan: OrderPlan) => Promise<void>,
  ): Promise<PlanDto> {
    await work(await this.plans.require(id, context));
    return located(await this.plans.require(id, context), reply);
  }
}

function located(plan: OrderPlan, reply: FastifyReply): PlanDto {
  reply.header('location', `/plans/${plan.id}`);
  return planOf(plan);
}
