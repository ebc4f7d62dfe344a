import { Body, Controller, Get, HttpCode, HttpStatus, Post, Query, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiExtraModels,
  ApiOkResponse,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { dryRun, type PlannedChangeDto } from '../../common/dry-run/dry-run.dto.js';
import { IdParam } from '../../common/http/id-param.js';
import { decodeCursor, pageOf } from '../../common/paging/paging.js';
import { noSuch } from '../../common/problems/problem.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import type { Candidate } from '../candidates.store.js';
import {
  RotateAllDto,
  RotateAllQuery,
  RotationDetailDto,
  RotationDto,
  rotationOf,
  RotationPlanDto,
  RotationQuery,
} from './rotation.dto.js';
import { RotationRuns, Rotations } from '../rotations.js';
import { RotationsStore } from '../rotations.store.js';

@ApiTags('Administration')
@Controller('admin')
export class RotationsController {
  constructor(
    private readonly rotations: Rotations,
    private readonly store: RotationsStore,
  ) {}

  /**
   * Rotate the secret of everybody
   * @remarks Every user gets a new secret key, disabled ones included, and so does the principal of every data product. Nobody is told the
   * new secrets: each user's next `POST /users/{user}` returns it, and the old one is dead by then. The run is stored and goes on after a
   * restart or an outage. One runs at a time; `POST /provisions/{id}/cancel` ends it, and what was rotated by then stays rotated.
   */
  @Post('rotate-all')
  @HttpCode(HttpStatus.ACCEPTED)
  @Authenticated({ limit: 'writes' })
  @ApiBody({ type: RotateAllDto, required: false })
  @ApiExtraModels(RotationPlanDto)
  @ApiOkResponse({
    type: RotationPlanDto,
    description: 'With `?dry_run=true`: who would get a new secret, by name, in pages',
  })
  @ApiAcceptedResponse({
    type: RotationDto,
    description: 'Accepted; `GET /admin/rotations/{id}` shows what became of whom',
    headers: {
      Location: { description: 'The provision: `/provisions/{provision_id}`', schema: { type: 'string' } },
    },
  })
  @Problems('run_in_progress', 'unknown_user', 'unprocessable', 'busy')
  async rotateAll(
    @Body() body: RotateAllDto,
    @Query() query: RotateAllQuery,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RotationDto | RotationPlanDto> {
    if (query.dry_run) {
      reply.status(HttpStatus.OK);
      return this.plan(body, query);
    }
    try {
      const { row, counts } = await this.rotations.request(body, context);
      reply.header('location', `/provisions/${row.provision_id}`);
      return rotationOf(row, counts);
    } catch (error) {
      if (error instanceof RotationRuns)
        reply.header('location', `/provisions/${error.running.provision_id}`);
      throw error;
    }
  }

  /** Show a rotation of the secrets, and what became of each user and data product */
  @Get('rotations/:id')
  @Authenticated()
  @ApiParam({ name: 'id', description: 'The id from the answer that started the rotation' })
  @ApiOkResponse({ type: RotationDetailDto, description: 'The rotation, with a page of names' })
  @Problems('not_found', 'unprocessable')
  async show(
    @IdParam('id', 'rotation') id: string,
    @Query() { limit, cursor, outcome }: RotationQuery,
  ): Promise<RotationDetailDto> {
    const row = await this.store.find(id);
    if (!row) throw noSuch('rotation');
    const page = { limit: limit + 1, after: decodeCursor(cursor), outcome };
    const [counts, found] = await Promise.all([this.store.counts(id), this.store.subjects(id, page)]);
    const listed = pageOf(
      found,
      limit,
      ({ name }) => name,
      ({ kind, name, outcome: became, code, detail }) => ({ kind, name, outcome: became, code, detail }),
    );
    return { ...rotationOf(row, counts), ...listed };
  }

  private async plan(body: RotateAllDto, { limit, cursor }: RotateAllQuery): Promise<RotationPlanDto> {
    const page = { limit: limit + 1, after: decodeCursor(cursor) };
    const { found, counts } = await this.rotations.plan(body, page);
    const { items, next_cursor } = pageOf(
      found,
      limit,
      ({ name }) => name,
      (each) => plannedOf(each, body),
    );
    return { ...dryRun(items), counts, next_cursor };
  }
}

function plannedOf({ kind, name, code, rotated_at }: Candidate, body: RotateAllDto): PlannedChangeDto {
  const target = `${kind} ${name}`;
  const before = { rotated_at: rotated_at.toISOString() };
  if (code !== null) return { change: 'skip', target, before, after: { code } };
  const isUser = kind === 'user';
  const after = {
    revoke_sessions: isUser && body.revoke_sessions,
    revoke_access_keys: isUser && body.revoke_access_keys,
  };
  return { change: 'rotate_secret', target, before, after };
}
