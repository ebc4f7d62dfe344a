import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { pageOf } from '../../common/paging/paging.js';
import { decodeSortedCursor, sortedCursor } from '../../common/paging/sorting.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import { GranteePageDto, GranteesQuery } from './grantees.dto.js';
import { type Grantee, GranteesStore } from './grantees.store.js';

/** The one order of the list. */
const SORT = 'kind';

@ApiTags('Sharing')
@Controller('grantees')
export class GranteesController {
  constructor(private readonly store: GranteesStore) {}

  /**
   * Find users and groups to share with, by what was typed of a name
   * @remarks A person finds a user by the whole name, or by its beginning if both are in the same group; and the groups that the person is
   * in. Administrators find everybody. Counts as a write for RATE_LIMIT_WRITES. Somebody who has not logged in yet is not found; see
   * `await_login` of a share.
   */
  @Get()
  @Authenticated({ people: true, limit: 'writes' })
  @ApiOkResponse({ type: GranteePageDto, description: 'A page of users and groups' })
  @Problems('unprocessable')
  async find(
    @Query() { q, kind, limit, cursor }: GranteesQuery,
    @CallerParam() { name: asker, caller: { admin: all } }: RequestContext,
  ): Promise<GranteePageDto> {
    const after = decodeSortedCursor(cursor, SORT);
    const found = await this.store.find({ q, kind, asker, all, limit: limit + 1, after });
    const cursorOf = (each: Grantee): string => sortedCursor(SORT, { key: each.kind, name: each.name });
    return pageOf(found, limit, cursorOf, (each) => each);
  }
}
