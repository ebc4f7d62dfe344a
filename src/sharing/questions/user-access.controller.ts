import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Subjects } from '../../access/subjects/subjects.js';
import { UserAccess } from '../../access/explain/user-access.js';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { UserNamePipe } from '../../auth/user-name.pipe.js';
import { decodeCursor, pageOf } from '../../common/paging/paging.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import { UserAccessDto, UserAccessQuery } from './access-question.dto.js';

@ApiTags('Access')
@Controller('users/:user')
export class UserAccessController {
  constructor(
    private readonly access: UserAccess,
    private readonly subjects: Subjects,
  ) {}

  /**
   * What a user reaches, and why
   * @remarks The home, what was shared with the user, the access of its groups and of everyone, and foreign policies in MinIO. A user
   * disabled here or in MinIO reaches nothing.
   */
  @Get('access')
  @Authenticated({ self: 'user' })
  @ApiOkResponse({ type: UserAccessDto, description: 'A page of the paths that the user reaches' })
  @Problems('not_found', 'storage_error', 'storage_unavailable')
  async read(
    @Param('user', UserNamePipe) name: string,
    @Query() { limit, cursor }: UserAccessQuery,
    @CallerParam() { caller }: RequestContext,
  ): Promise<UserAccessDto> {
    const user = await this.subjects.requireUser(name);
    const page = { after: decodeCursor(cursor) ?? '', limit: limit + 1, inFull: caller.admin };
    const paths = await this.access.paths(user, page);
    const shown = pageOf(
      paths,
      limit,
      ({ path }) => path,
      (each) => each,
    );
    return { user_name: name, ...shown };
  }
}
