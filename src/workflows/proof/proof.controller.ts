import { Controller, Get, HttpCode, HttpStatus, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { IdParam } from '../../common/http/id-param.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import { Runs } from '../runs/runs.js';
import type { Run } from '../runs/runs.store.js';
import { Teams } from '../runs/teams.js';
import { RunReceiptDto, ReceiptKeysDto, ReceiptQuery, VerificationDto } from './proof.dto.js';
import { Receipts } from './receipts.js';
import { Verification, type VerifiedStep } from './verification.js';

/** What proves that a run has done what it says, and whether it still holds. */
@ApiTags('Workflows')
@Controller('api')
export class ProofController {
  constructor(
    private readonly runs: Runs,
    private readonly teams: Teams,
    private readonly receipts: Receipts,
    private readonly verification: Verification,
  ) {}

  /**
   * Show the signed receipt of a run that has ended
   * @remarks For who sees the run. It was signed in the transaction that ended the run, and never changes.
   */
  @Get('workflows/:id/receipt')
  @Authenticated({ people: true, service: 'workflows' })
  @ApiOkResponse({ type: RunReceiptDto, description: 'The receipt' })
  @Problems('not_found', 'unprocessable')
  async receipt(
    @IdParam('id', 'run') id: string,
    @Query() { number: wanted }: ReceiptQuery,
    @CallerParam() context: RequestContext,
  ): Promise<RunReceiptDto> {
    const run = await this.seen(id, context);
    const { jws, kid, number } = await this.receipts.require(run.id, wanted);
    const payload = JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString('utf8')) as Record<
      string,
      unknown
    >;
    return { receipt: jws, key_id: kid, number, payload };
  }

  /** List the public keys that check receipts, as a JSON Web Key Set */
  @Get('receipts/keys')
  @Authenticated({ anyone: true })
  @ApiOkResponse({ type: ReceiptKeysDto, description: 'The keys' })
  async keys(): Promise<ReceiptKeysDto> {
    return { keys: await this.receipts.keys() };
  }

  /**
   * Look whether what a run made still holds
   * @remarks For who sees the run. Every step is planned again with the input that it had. Nothing is changed.
   */
  @Post('workflows/:id/verify')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ people: true, service: 'workflows', limit: 'writes' })
  @ApiOkResponse({ type: VerificationDto, description: 'What still holds, and what does not' })
  @Problems('not_found', 'not_possible')
  async verify(
    @IdParam('id', 'run') id: string,
    @CallerParam() context: RequestContext,
  ): Promise<VerificationDto> {
    const steps = await this.verification.verify(await this.seen(id, context), context);
    return {
      holds: steps.every(({ state }) => state !== 'differs' && state !== 'not_checked'),
      verified_at: new Date().toISOString(),
      steps: context.caller.admin ? steps : steps.map(withoutContents),
    };
  }

  private async seen(id: string, context: RequestContext): Promise<Run> {
    const run = await this.runs.require(id);
    await this.teams.requireSeen(run, context);
    return run;
  }
}

/** Whole documents are for administrators. */
function withoutContents(step: VerifiedStep): VerifiedStep {
  return { ...step, changes: step.changes.map((each) => ({ ...each, before: null, after: null })) };
}
