import { Controller, Delete, Get, Param, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiNoContentResponse, ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { gone, Mutations } from '../../access/changes/mutations.js';
import { isInSync } from '../../access/subjects/subject-state.js';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { ApiOkOrPlan, type DryRunDto } from '../../common/dry-run/dry-run.dto.js';
import { pageOf } from '../../common/paging/paging.js';
import { decodeSortedCursor, readSort, sortedCursor } from '../../common/paging/sorting.js';
import { PendingDto } from '../../common/pending.dto.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import { GroupNamePipe } from '../group-name.pipe.js';
import { Groups } from '../groups.js';
import { type AdminGroupDto, AdminGroupPageDto, GroupListQuery } from './admin-group.dto.js';
import { GroupsListStore, type ListedGroup } from './groups-list.store.js';
import { RemovalQuery } from '../../users/admin/admin-user.dto.js';

@ApiTags('Groups')
@Controller('admin/groups')
export class AdminGroupsController {
  constructor(
    private readonly lists: GroupsListStore,
    private readonly groups: Groups,
    private readonly mutations: Mutations,
  ) {}

  /** List groups */
  @Get()
  @Authenticated()
  @ApiOkResponse({ type: AdminGroupPageDto, description: 'A page of groups' })
  @Problems('unprocessable')
  async list(@Query() { limit, cursor, sort, q }: GroupListQuery): Promise<AdminGroupPageDto> {
    const after = decodeSortedCursor(cursor, sort);
    const [rows, total] = await Promise.all([
      this.lists.page({ ...{ q, after }, ...readSort(sort), limit: limit + 1 }),
      this.lists.count(q),
    ]);
    const cursorOf = (row: ListedGroup): string => sortedCursor(sort, { key: row.sort_key, name: row.name });
    return { ...pageOf(rows, limit, cursorOf, itemOf), total };
  }

  /**
   * Remove a group
   * @remarks Its members keep their own access. A group has no data of its own: `?data=delete` deletes nothing.
   */
  @Delete(':group')
  @ApiParam({ name: 'group', example: 'CDM_Science' })
  @Authenticated({ limit: 'writes' })
  @ApiOkOrPlan('With `?dry_run=true`: what would be done')
  @ApiNoContentResponse({ description: 'The group is gone or never existed' })
  @ApiAcceptedResponse({
    type: PendingDto,
    description: 'Accepted and stored; the removal finishes when MinIO is reachable',
  })
  @Problems('unprocessable', 'reserved_name', 'storage_error', 'storage_unavailable', 'busy')
  remove(
    @Param('group', GroupNamePipe) group: string,
    @Query() query: RemovalQuery,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PendingDto | DryRunDto | undefined> {
    return this.mutations.answer(this.groups.remove(group, context), { query, context, reply }, gone);
  }
}

function itemOf(row: ListedGroup): AdminGroupDto {
  return {
    group_name: row.name,
    description: row.description,
    display_name: row.display_name,
    website: row.website,
    organization: row.organization,
    joinable: row.joinable,
    created_at: row.created_at.toISOString(),
    member_count: row.member_count,
    enforced: isInSync(row),
  };
}
