import { Body, Controller, Headers, HttpCode, HttpStatus, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiExtraModels, ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { DryRunQuery } from '../../common/dry-run/dry-run.dto.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import type { JsonObject } from '../../documents/model.js';
import { readIdempotencyKey } from '../../provisioning/http/idempotency-key.js';
import { Planning } from '../plan/planning.js';
import { RunInProgress, Runs } from '../runs/runs.js';
import { ExecuteDto, RunDto, RunPlanDto } from './workflow.dto.js';
import { located } from './workflows.controller.js';

/** Starts runs of workflows. */
@ApiTags('Workflows')
@Controller('api/workflows')
export class ExecuteController {
  constructor(
    private readonly runs: Runs,
    private readonly planning: Planning,
  ) {}

  /**
   * Run a workflow
   * @remarks For members and owners of the team, and services with the scope `workflows`. The steps act with the rights of the provider, on
   * names of the team only; see docs/governance.md. A repeated `Idempotency-Key` gives the same run. A run that needs an approval waits for it
   * as `awaiting_approval`.
   */
  // eslint-disable-next-line max-params -- Nest hands each part of a request over as a parameter
  @Post(':provider/:workflow/execute')
  @HttpCode(HttpStatus.ACCEPTED)
  @Authenticated({ people: true, service: 'workflows', limit: 'writes' })
  @ApiParam({ name: 'provider', description: 'A name of `GET /api/providers`', example: 'storage-team' })
  @ApiParam({ name: 'workflow', description: 'A workflow of the provider', example: 'create-bucket' })
  @ApiExtraModels(RunPlanDto)
  @ApiOkResponse({ type: RunPlanDto, description: 'With `?dry_run=true`: what each step would do' })
  @ApiAcceptedResponse({ type: RunDto, description: 'Accepted; `Location` shows how far it is' })
  @Problems(
    ...([
      'not_found',
      'not_allowed_step',
      'quota_exceeded',
      'not_possible',
      'run_in_progress',
      'idempotency_conflict',
    ] as const),
    ...(['unknown_user', 'reserved_name', 'busy', 'storage_error', 'storage_unavailable'] as const),
    ...(['target_refused', 'target_unavailable'] as const),
  )
  async execute(
    @Param('provider') provider: string,
    @Param('workflow') workflow: string,
    @Body() { parameters, team, application }: ExecuteDto,
    @Query() query: DryRunQuery,
    @Headers('idempotency-key') key: string | undefined,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RunDto | RunPlanDto> {
    const request = {
      ...{ provider, workflow, team, application },
      parameters: parameters as JsonObject,
      idempotencyKey: readIdempotencyKey(key),
    };
    if (query.dry_run) {
      reply.status(HttpStatus.OK);
      return this.planning.plan(request, context);
    }
    try {
      return located(await this.runs.request(request, context), reply);
    } catch (error) {
      if (error instanceof RunInProgress) reply.header('location', `/api/workflows/${error.runId}`);
      throw error;
    }
  }
}
