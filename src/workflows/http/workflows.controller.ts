import { Controller, Get, HttpCode, HttpStatus, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { IdParam } from '../../common/http/id-param.js';
import { decodeCursor, pageOf, SEQUENCE_CURSOR } from '../../common/paging/paging.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import { Approvers } from '../approvals/approvers.js';
import { RunActions } from '../runs/run-actions.js';
import { Runs } from '../runs/runs.js';
import { RunListsStore } from '../runs/run-lists.store.js';
import type { Run } from '../runs/runs.store.js';
import { Teams } from '../runs/teams.js';
import { runOf, summaryOf } from './views.js';
import { RunDto, RunPageDto, RunsQuery } from './workflow.dto.js';

/** Runs of workflows. Other teams' runs do not exist for a caller. */
@ApiTags('Workflows')
@Controller('api/workflows')
export class WorkflowsController {
  constructor(
    private readonly runs: Runs,
    private readonly actions: RunActions,
    private readonly lists: RunListsStore,
    private readonly teams: Teams,
    private readonly approvers: Approvers,
  ) {}

  /** List the runs of your teams, the newest first */
  @Get()
  @Authenticated({ people: true, service: 'workflows' })
  @ApiOkResponse({ type: RunPageDto, description: 'A page of runs' })
  @Problems('unprocessable')
  async list(
    @Query() { limit, cursor, ...filter }: RunsQuery,
    @CallerParam() context: RequestContext,
  ): Promise<RunPageDto> {
    const before = decodeCursor(cursor, SEQUENCE_CURSOR);
    const seenBy = await this.teams.seenBy(context);
    const rows = await this.lists.page({ ...filter, seenBy, limit: limit + 1, before });
    return pageOf(rows, limit, ({ seq }) => String(seq), summaryOf);
  }

  /** Show a run and its steps */
  @Get(':id')
  @Authenticated({ people: true, service: 'workflows' })
  @ApiOkResponse({ type: RunDto, description: 'The run' })
  @Problems('not_found')
  async show(@IdParam('id', 'run') id: string, @CallerParam() context: RequestContext): Promise<RunDto> {
    const run = await this.seen(id, context);
    return runOf(run, (await this.approvers.of([[run, run.approvals]], context))(run));
  }

  /**
   * Go on with a failed run at the step that failed
   * @remarks For the requester, owners of the team and administrators. With the same steps and parameters. After a rollback it begins with the first step.
   */
  @Post(':id/retry')
  @HttpCode(HttpStatus.ACCEPTED)
  @Authenticated({ people: true, service: 'workflows', limit: 'writes' })
  @ApiAcceptedResponse({ type: RunDto, description: 'The run, which goes on' })
  @Problems('not_found', 'not_possible', 'quota_exceeded', 'run_in_progress', 'busy')
  retry(
    @IdParam('id', 'run') id: string,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RunDto> {
    return this.act(id, context, reply, (run) => this.actions.retry(run, context));
  }

  /**
   * Take back what a run made
   * @remarks The last step first. Only what the run newly made goes: what existed before or was changed since stays, and is named in the
   * operations of its step.
   */
  @Post(':id/undo')
  @HttpCode(HttpStatus.ACCEPTED)
  @Authenticated({ people: true, service: 'workflows', limit: 'writes' })
  @ApiAcceptedResponse({ type: RunDto, description: 'The run, which is taken back' })
  @Problems('not_found', 'not_possible', 'run_in_progress', 'busy')
  undo(
    @IdParam('id', 'run') id: string,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RunDto> {
    return this.act(id, context, reply, (run) => this.actions.undo(run, context));
  }

  /**
   * Cancel a run
   * @remarks A step that is under way is finished first. What was made by then stays, until it is undone.
   */
  @Post(':id/cancel')
  @HttpCode(HttpStatus.ACCEPTED)
  @Authenticated({ people: true, service: 'workflows', limit: 'writes' })
  @ApiAcceptedResponse({ type: RunDto, description: 'The run, which ends' })
  @Problems('not_found', 'not_possible')
  cancel(
    @IdParam('id', 'run') id: string,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RunDto> {
    return this.act(id, context, reply, (run) => this.actions.cancel(run, context));
  }

  private async seen(id: string, context: RequestContext): Promise<Run> {
    const run = await this.runs.require(id);
    await this.teams.requireSeen(run, context);
    return run;
  }

  private async act(
    id: string,
    context: RequestContext,
    reply: FastifyReply,
    work: (run: Run) => Promise<Run>,
  ): Promise<RunDto> {
    const run = await this.seen(id, context);
    await this.teams.requireInCharge(run, context);
    return located(await work(run), reply);
  }
}

export function located(run: Run, reply: FastifyReply): RunDto {
  reply.header('location', `/api/workflows/${run.id}`);
  return runOf(run);
}
