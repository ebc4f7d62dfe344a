import { Body, Controller, Delete, HttpCode, HttpStatus, Param, Post, Query, Res } from '@nestjs/common';
import { ApiExtraModels, ApiNoContentResponse, ApiOkResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Authenticated, CallerParam, type RequestContext } from '../auth/authenticated.js';
import { ApiOkOrPlan, dryRun, type DryRunDto, DryRunQuery } from '../common/dry-run/dry-run.dto.js';
import { brokenRule } from '../common/problems/problem.js';
import { Problems } from '../common/problems/problems.decorator.js';
import { Adoption } from './adoption.js';
import { AdoptionDto, AdoptionParams, AdoptionPlanDto, AdoptionRequestDto } from './adoption.dto.js';
import { AdoptionReport } from './adoption-report.js';
import { AdoptionUndo } from './undo/adoption-undo.js';

@ApiTags('Administration')
@Controller('admin')
export class AdoptionController {
  constructor(
    private readonly adoption: Adoption,
    private readonly report: AdoptionReport,
    private readonly undo: AdoptionUndo,
  ) {}

  /**
   * Adopt existing MinIO users and groups, in place
   * @remarks A user keeps its secret key until its first login here, and its own access keys for good. A group keeps its members. Policies of
   * this service are attached beside the foreign ones. Policies that `import_policies` names become grants as far as grants can say the same;
   * a policy that is wholly covered by then is detached. The response says of everything else why it stays. A repeated request changes
   * nothing more.
   */
  @Post('adopt')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ limit: 'writes' })
  @ApiExtraModels(AdoptionDto, AdoptionPlanDto)
  @ApiOkResponse({
    description: 'The result for each name; with `?dry_run=true` also the plan',
    // a plan has everything that a result has
    schema: { anyOf: [AdoptionDto, AdoptionPlanDto].map((each) => ({ $ref: getSchemaPath(each) })) },
  })
  @Problems('unprocessable', 'storage_error', 'storage_unavailable', 'busy')
  async adopt(
    @Body() body: AdoptionRequestDto,
    @Query() query: DryRunQuery,
    @CallerParam() context: RequestContext,
  ): Promise<AdoptionDto | AdoptionPlanDto> {
    if (body.users.length + body.groups.length === 0)
      throw brokenRule('users', 'or groups must name at least one');
    if (!query.dry_run) return this.report.of(await this.adoption.adopt(body, context), body.users);
    const { items, plan } = await this.adoption.plan(body, context);
    return { dry_run: true, plan, ...(await this.report.of(items, body.users)) };
  }

  /**
   * Undo an adoption
   * @remarks Foreign policies that the adoption detached are attached again. Then the policies of this service, its grants and its record of
   * the user or group are removed; the MinIO user or group stays, with its members. A user keeps the secret key that it has by then. Nothing
   * happens for what was not adopted.
   */
  @Delete('adoptions/:kind/:name')
  @Authenticated({ limit: 'writes' })
  @ApiOkOrPlan('With `?dry_run=true`: what would be done')
  @ApiNoContentResponse({ description: 'It is as before the adoption, or was not adopted' })
  @Problems('not_possible', 'unprocessable', 'storage_error', 'storage_unavailable', 'busy')
  async takeBack(
    @Param() params: AdoptionParams,
    @Query() query: DryRunQuery,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DryRunDto | undefined> {
    if (query.dry_run) return dryRun(await this.undo.plan(params));
    await this.undo.run(params, context);
    reply.status(HttpStatus.NO_CONTENT);
    return undefined;
  }
}
