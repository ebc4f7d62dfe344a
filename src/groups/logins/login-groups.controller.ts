import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Authenticated } from '../../auth/authenticated.js';
import { UserNamePipe } from '../../auth/user-name.pipe.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import { LoginGroupsReader } from './login-groups-reader.js';
import { LoginGroupsDto } from './login-groups.dto.js';

@ApiTags('Users')
@Controller('admin/users')
export class LoginGroupsController {
  constructor(private readonly reader: LoginGroupsReader) {}

  /**
   * Show which groups a user's logins name
   * @remarks What the latest login said (`GROUPS_FROM`), which memberships it gives, and what waits. With `GROUPS_FROM_DRY_RUN=true` this is
   * the plan: what logins would change.
   */
  @Get(':user/login-groups')
  @Authenticated()
  @ApiOkResponse({ type: LoginGroupsDto, description: 'What the latest login says' })
  @Problems('not_found', 'unprocessable', 'reserved_name')
  show(@Param('user', UserNamePipe) user: string): Promise<LoginGroupsDto> {
    return this.reader.read(user);
  }
}
