import {
  applyDecorators,
  Body,
  Controller,
  Headers,
  HttpCode,
  HttpStatus,
  Param,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import {
  ApiAcceptedResponse,
  ApiConsumes,
  ApiExtraModels,
  ApiOkResponse,
  ApiParam,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { brokenRule } from '../../common/problems/problem.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import type { JsonObject } from '../../documents/model.js';
import { Catalogue } from '../../providers/catalogue/catalogue.js';
import { readIdempotencyKey } from '../../provisioning/http/idempotency-key.js';
import { Planning } from '../plan/planning.js';
import type { RunRequest } from '../plan/run-request.js';
import { type RunQuery, RunQueryPipe } from '../requests/run-query.js';
import { scoreText } from '../requests/score-field.js';
import { RunInProgress } from '../runs/run-in-progress.js';
import { Runs } from '../runs/runs.js';
import { ExecuteDto, ExecutePathDto } from '../requests/execute.dto.js';
import { RunDto, RunPlanDto } from './workflow.dto.js';
import { resourcesOf } from './views.js';
import { located } from './workflows.controller.js';

/** What both routes say of themselves. */
function Executes(): MethodDecorator {
  return applyDecorators(
    RouteConfig({ takesScore: true }),
    ApiConsumes('application/json', 'application/yaml'),
    ApiQuery({
      ...{ name: 'dry_run', required: false, schema: { type: 'boolean', default: false } },
      description: 'Change nothing and return what would be done',
    }),
    ApiQuery({
      ...{ name: 'team', required: false, schema: { type: 'string', maxLength: 63 } },
      description: 'The group for which it runs, where the body has no place for it; for example `KBase`',
    }),
    ApiExtraModels(RunPlanDto),
    ApiOkResponse({ type: RunPlanDto, description: 'With `?dry_run=true`: what each step would do' }),
    ApiAcceptedResponse({ type: RunDto, description: 'Accepted; `Location` shows how far it is' }),
    Problems(
      ...([
        'not_found',
        'not_allowed_step',
        'quota_exceeded',
        'not_possible',
        'run_in_progress',
        'score_invalid',
      ] as const),
      ...(['idempotency_conflict', 'unknown_user', 'reserved_name', 'busy'] as const),
      ...(['storage_error', 'storage_unavailable', 'target_refused', 'target_unavailable'] as const),
    ),
  );
}

/** Starts runs of workflows. */
@ApiTags('Workflows')
@Controller('api/workflows')
export class ExecuteController {
  constructor(
    private readonly runs: Runs,
    private readonly planning: Planning,
    private readonly catalogue: Catalogue,
  ) {}

  /**
   * Run a golden path
   * @remarks As `POST /api/workflows/{provider}/{workflow}/execute`, by the name that `GET /api/golden-paths` has for it.
   */
  // eslint-disable-next-line max-params -- Nest hands each part of a request over as a parameter
  @Post('golden-paths/:name/execute')
  @Authenticated({ people: true, service: 'workflows', limit: 'writes' })
  @ApiParam({
    name: 'name',
    description: 'The name; `PROVIDER/NAME`, written `PROVIDER%2FNAME`, if several providers have it',
    example: 'onboard-data-team',
  })
  @HttpCode(HttpStatus.ACCEPTED)
  @Executes()
  async executePath(
    @Param('name') name: string,
    @Body() body: ExecutePathDto,
    @Query(RunQueryPipe) query: RunQuery,
    @Headers('idempotency-key') key: string | undefined,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RunDto | RunPlanDto> {
    const { name: provider, workflow } = await this.catalogue.goldenPath(name, context.caller);
    const request = requestOf({ provider, workflow: workflow.name }, body, query, key);
    return this.start(request, query.dry_run, context, reply);
  }

  /**
   * Run a workflow
   * @remarks For members and owners of the team, and services with the scope `workflows`. The steps act with the rights of the provider, on
   * names of the team only; see docs/governance.md. A run that needs an approval waits for it as `awaiting_approval`. A repeated
   * `Idempotency-Key` gives the same run. Parameters may also be texts in the query, `?param.NAME=text`: each is read by the type that the workflow says, a name
   * that is there several times is a list, and it counts more than the same one in the body. The body may be a Score file
   * (`Content-Type: application/yaml`), and `team` is in the query then.
   */
  // eslint-disable-next-line max-params -- Nest hands each part of a request over as a parameter
  @Post(':provider/:workflow/execute')
  @Authenticated({ people: true, service: 'workflows', limit: 'writes' })
  @ApiParam({ name: 'provider', description: 'A name of `GET /api/providers`', example: 'storage-team' })
  @ApiParam({ name: 'workflow', description: 'A workflow of the provider', example: 'create-bucket' })
  @HttpCode(HttpStatus.ACCEPTED)
  @Executes()
  execute(
    @Param() names: { provider: string; workflow: string },
    @Body() body: ExecuteDto,
    @Query(RunQueryPipe) query: RunQuery,
    @Headers('idempotency-key') key: string | undefined,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RunDto | RunPlanDto> {
    return this.start(requestOf(names, body, query, key), query.dry_run, context, reply);
  }

  private async start(
    request: RunRequest,
    isDryRun: boolean,
    context: RequestContext,
    reply: FastifyReply,
  ): Promise<RunDto | RunPlanDto> {
    if (isDryRun) {
      reply.status(HttpStatus.OK);
      const { snapshot, ...plan } = await this.planning.plan(request, context);
      return { ...plan, resources: resourcesOf(snapshot) };
    }
    try {
      return located(await this.runs.request(request, context), reply);
    } catch (error) {
      if (error instanceof RunInProgress) reply.header('location', `/api/workflows/${error.runId}`);
      throw error;
    }
  }
}

function requestOf(
  { provider, workflow }: Pick<RunRequest, 'provider' | 'workflow'>,
  { parameters, score, team, application }: ExecuteDto,
  { texts, team: queried }: RunQuery,
  key: string | undefined,
): RunRequest {
  if (team !== undefined && queried !== undefined && team !== queried)
    throw brokenRule('team', 'the query and the body name different ones');
  return {
    ...{ provider, workflow, team: team ?? queried, application, texts },
    score: scoreText(score),
    parameters: parameters as JsonObject,
    idempotencyKey: readIdempotencyKey(key),
  };
}
