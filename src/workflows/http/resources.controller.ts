import { Controller, Delete, Get, HttpCode, HttpStatus, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { IdParam } from '../../common/http/id-param.js';
import { decodeCursor, pageOf, SEQUENCE_CURSOR } from '../../common/paging/paging.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import { Resources, type ShownResource } from '../resources/resources.js';
import { ResourcesStore } from '../resources/resources.store.js';
import { Teams } from '../runs/teams.js';
import { ResourceDto, ResourcePageDto, ResourcesQuery } from './resource.dto.js';
import { RunDto } from './workflow.dto.js';
import { RunInProgress } from '../runs/run-in-progress.js';
import { located } from './workflows.controller.js';

/** What runs of workflows created. Other teams' resources do not exist for a caller. */
@ApiTags('Workflows')
@Controller('api/resources')
export class ResourcesController {
  constructor(
    private readonly resources: Resources,
    private readonly store: ResourcesStore,
    private readonly teams: Teams,
  ) {}

  /** List what workflows created for your teams, the newest first */
  @Get()
  @Authenticated({ people: true, service: 'workflows' })
  @ApiOkResponse({ type: ResourcePageDto, description: 'A page of resources' })
  @Problems('unprocessable')
  async list(
    @Query() { limit, cursor, ...filter }: ResourcesQuery,
    @CallerParam() context: RequestContext,
  ): Promise<ResourcePageDto> {
    const before = decodeCursor(cursor, SEQUENCE_CURSOR);
    const seenBy = await this.teams.seenBy(context);
    const rows = await this.store.page({ ...filter, seenBy, limit: limit + 1, before });
    const { items, next_cursor } = pageOf(
      rows,
      limit,
      ({ seq }) => seq,
      (row) => row,
    );
    return { items: (await this.resources.show(items)).map(resourceOf), next_cursor };
  }

  /** Show a resource */
  @Get(':id')
  @Authenticated({ people: true, service: 'workflows' })
  @ApiOkResponse({ type: ResourceDto, description: 'The resource' })
  @Problems('not_found')
  async show(
    @IdParam('id', 'resource') id: string,
    @CallerParam() context: RequestContext,
  ): Promise<ResourceDto> {
    return resourceOf(await this.resources.require(id, context));
  }

  /**
   * Delete a resource
   * @remarks For whoever asked for it, owners of the team and administrators. By the delete workflow of its type; without one the run that
   * created it is undone.
   */
  @Delete(':id')
  @HttpCode(HttpStatus.ACCEPTED)
  @Authenticated({ people: true, service: 'workflows', limit: 'writes' })
  @ApiAcceptedResponse({
    type: RunDto,
    description: 'The run that deletes it; `Location` shows how far it is',
  })
  @Problems(
    ...(['not_found', 'not_allowed_step', 'quota_exceeded', 'not_possible', 'run_in_progress'] as const),
    ...(['busy', 'storage_error', 'storage_unavailable', 'target_refused', 'target_unavailable'] as const),
  )
  async delete(
    @IdParam('id', 'resource') id: string,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RunDto> {
    const shown = await this.resources.require(id, context);
    try {
      return located(await this.resources.delete(shown, context), reply);
    } catch (error) {
      if (error instanceof RunInProgress) reply.header('location', `/api/workflows/${error.runId}`);
      throw error;
    }
  }
}

function resourceOf({ resource, made: run, name, outputs }: ShownResource): ResourceDto {
  const { id, type, team, provider, workflow, run_id, last_run_id, changing, deleting } = resource;
  return {
    ...{ id, type, class: resource.class, name, team, provider, workflow, version: run.version, run_id },
    ...{ application: run.application, changed_by: last_run_id === run_id ? null : last_run_id },
    ...{ outputs, changing, deleting, created_at: run.created_at.toISOString() },
  };
}
