import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Authenticated } from '../../auth/authenticated.js';
import { UserNamePipe } from '../../auth/user-name.pipe.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import { SharePageDto, SharesQuery } from './shares.dto.js';
import { SharesReader } from './shares-reader.js';

@ApiTags('Sharing')
@Controller('users/:user/shares')
export class SharesController {
  constructor(private readonly reader: SharesReader) {}

  /**
   * List what a user shared, or what was shared with the user
   * @remarks What a user shared includes shares that wait for the grantee's first login (`state`).
   */
  @Get()
  @ApiOperation({ operationId: 'Sharing_shares' })
  @Authenticated({ self: 'user' })
  @ApiOkResponse({ type: SharePageDto, description: 'A page of shares' })
  @Problems('not_found')
  list(@Param('user', UserNamePipe) user: string, @Query() query: SharesQuery): Promise<SharePageDto> {
    return this.reader.list(user, query);
  }
}
