import { Body, Controller, Get, HttpCode, HttpStatus, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { IdParam } from '../../common/http/id-param.js';
import { PageQuery } from '../../common/paging/page-query.dto.js';
import { decodeCursor, pageOf, SEQUENCE_CURSOR } from '../../common/paging/paging.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import { Approvals, type Saying } from '../approvals/approvals.js';
import { Approvers } from '../approvals/approvers.js';
import { Runs } from '../runs/runs.js';
import { Teams } from '../runs/teams.js';
import { ApproveDto, RejectDto, WaitingRunsDto } from './approval.dto.js';
import { runOf, waitingRunOf } from './views.js';
import { RunDto } from './workflow.dto.js';

/** What people decide about runs that wait for them. */
@ApiTags('Workflows')
@Controller('api')
export class ApprovalsController {
  constructor(
    private readonly approvals: Approvals,
    private readonly runs: Runs,
    private readonly teams: Teams,
    private readonly approvers: Approvers,
  ) {}

  /** List the runs that wait for your approval */
  @Get('approvals')
  @Authenticated({ people: true })
  @ApiOkResponse({ type: WaitingRunsDto, description: 'The runs, with the plan that is asked about' })
  @Problems('unprocessable')
  async waiting(
    @Query() { limit, cursor }: PageQuery,
    @CallerParam() context: RequestContext,
  ): Promise<WaitingRunsDto> {
    const after = decodeCursor(cursor, SEQUENCE_CURSOR);
    const waiting = await this.approvals.waitingFor(context, { limit: limit + 1, after });
    const named = await this.approvers.of(
      waiting.map((each) => [each, [each]]),
      context,
    );
    return pageOf(
      waiting,
      limit,
      ({ seq }) => seq,
      (each) => waitingRunOf(each, named(each)),
    );
  }

  /**
   * Approve the plan of a run
   * @remarks For those who are asked: the owners of the team, or the members of the group that the rule names; never for the requester. The
   * run goes on when enough people have approved the plan with this digest. Each step is planned again before it begins: a step that is
   * another one by then is asked about again. With `bypass_reason` an administrator decides alone.
   */
  @Post('workflows/:id/approve')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ people: true, limit: 'writes' })
  @ApiOkResponse({ type: RunDto, description: 'The run' })
  @Problems('not_found', 'not_possible', 'plan_changed', 'already_decided')
  approve(
    @IdParam('id', 'run') id: string,
    @Body() { plan_digest: digest, comment, bypass_reason: reason }: ApproveDto,
    @CallerParam() context: RequestContext,
  ): Promise<RunDto> {
    if (reason !== undefined)
      return this.decide(id, { decision: 'bypass', digest, comment: reason }, context);
    return this.decide(id, { decision: 'approve', digest, comment }, context);
  }

  /**
   * Reject the plan of a run
   * @remarks For those who are asked, and administrators. A run that has done nothing yet is cancelled; otherwise the step at which it waits
   * fails.
   */
  @Post('workflows/:id/reject')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ people: true, limit: 'writes' })
  @ApiOkResponse({ type: RunDto, description: 'The run' })
  @Problems('not_found', 'not_possible', 'already_decided')
  reject(
    @IdParam('id', 'run') id: string,
    @Body() { reason: comment }: RejectDto,
    @CallerParam() context: RequestContext,
  ): Promise<RunDto> {
    return this.decide(id, { decision: 'reject', comment }, context);
  }

  private async decide(id: string, saying: Saying, context: RequestContext): Promise<RunDto> {
    const run = await this.runs.require(id);
    await this.teams.requireSeen(run, context);
    await this.approvals.decide(run, saying, context);
    const decided = await this.runs.require(id);
    return runOf(decided, (await this.approvers.of([[decided, decided.approvals]], context))(decided));
  }
}
