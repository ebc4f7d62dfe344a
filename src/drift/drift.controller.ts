import { Body, Controller, Get, HttpCode, HttpStatus, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { ForeignResource } from '../access/drift/foreign/foreign-resources.js';
import { Authenticated, CallerParam, type RequestContext } from '../auth/authenticated.js';
import { ApiOkOrPlan, dryRun, type DryRunDto, DryRunQuery } from '../common/dry-run/dry-run.dto.js';
import { Problems } from '../common/problems/problems.decorator.js';
import { DriftRequests } from './drift-requests.js';
import { DriftDto, ForeignThingDto, ReconcileRequestDto, ReconciliationDto } from './drift.dto.js';

@ApiTags('Administration')
@Controller('admin')
export class DriftController {
  constructor(private readonly requests: DriftRequests) {}

  /**
   * Compare everything with MinIO
   * @remarks Lists only subjects that differ. Reads only; concurrent calls share a comparison.
   */
  @Get('drift')
  @Authenticated()
  @ApiOkResponse({ type: DriftDto, description: 'What differs' })
  @Problems('storage_error', 'storage_unavailable')
  async report(): Promise<DriftDto> {
    const findings = await this.requests.report();
    return {
      checked_at: findings.checkedAt.toISOString(),
      checked: findings.checked,
      subjects: findings.subjects.map((subject) => ({ ...subject, foreign: subject.foreign.map(shown) })),
      more_subjects: findings.moreSubjects,
      changing: findings.changing,
      foreign: findings.foreign.map(shown),
      more_foreign: findings.moreForeign,
    };
  }

  /**
   * Repair differences in MinIO
   * @remarks Repairs the named subjects, or all that differ. A user disabled in MinIO by hand stays disabled; a group is enabled again.
   */
  @Post('reconcile')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ limit: 'writes' })
  @ApiBody({ type: ReconcileRequestDto, required: false })
  @ApiOkOrPlan('What was done for each subject', ReconciliationDto)
  @Problems('name_taken', 'storage_error', 'storage_unavailable')
  async reconcile(
    @Query() query: DryRunQuery,
    @Body() body: ReconcileRequestDto,
    @CallerParam() context: RequestContext,
  ): Promise<ReconciliationDto | DryRunDto> {
    const spec = { subjects: body.subjects, removeForeign: body.remove_foreign };
    if (query.dry_run) return dryRun(await this.requests.plan(spec));
    const { results, more } = await this.requests.reconcile(spec, context);
    return { results, more_subjects: more };
  }
}

function shown({ kind, name, detail, removable }: ForeignResource): ForeignThingDto {
  return { kind, name, detail, removable };
}
