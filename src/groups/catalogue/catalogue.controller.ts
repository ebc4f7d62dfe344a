import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { decodeCursor, pageOf } from '../../common/paging/paging.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import { CatalogueQuery, type ListedGroupDto, ListedGroupPageDto } from './catalogue.dto.js';
import { type CatalogueRow, CatalogueStore } from './catalogue.store.js';

@ApiTags('Groups')
@Controller('groups')
export class CatalogueController {
  constructor(private readonly store: CatalogueStore) {}

  /**
   * List the caller's groups, or the groups that anybody may ask to join
   * @remarks A request to join is made with `POST /access-requests`. A group that is not joinable is listed for its members only.
   */
  @Get()
  @Authenticated({ people: true })
  @ApiOkResponse({ type: ListedGroupPageDto, description: 'A page of groups' })
  @Problems('unprocessable')
  async list(
    @Query() { joinable, limit, cursor }: CatalogueQuery,
    @CallerParam() { name: viewer }: RequestContext,
  ): Promise<ListedGroupPageDto> {
    const rows = await this.store.page({ joinable, viewer, limit: limit + 1, after: decodeCursor(cursor) });
    return pageOf(rows, limit, ({ name }) => name, shown);
  }
}

function shown(row: CatalogueRow): ListedGroupDto {
  const { request } = row;
  return {
    group_name: row.name,
    display_name: row.display_name,
    description: row.description,
    website: row.website,
    organization: row.organization,
    joinable: row.joinable,
    owners: row.owners,
    member_count: row.member_count,
    role: row.own_role,
    request: request && { ...request, created_at: new Date(request.created_at).toISOString() },
  };
}
