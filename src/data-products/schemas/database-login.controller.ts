import { Controller, Header, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import { DatabaseLoginDto } from './database-login.dto.js';
import { ShownLogins } from './shown-logins.js';

@ApiTags('Data products')
@Controller('data-products')
export class DatabaseLoginController {
  constructor(private readonly logins: ShownLogins) {}

  /**
   * Show a new password with which the data product logs in to PostgreSQL: it is shown only once
   * @remarks For a data product that has no project: where there is one, its `.env` has the password. The former password stops working,
   * and its connections end. For administrators, and for people whom the portal lists as owners by the verified e-mail address in their
   * token. The password that an owner was shown ends with the ownership.
   */
  @Post(':product/database-login')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ people: true, limit: 'credentials' })
  @Header('cache-control', 'no-store')
  @ApiOkResponse({ type: DatabaseLoginDto, description: 'How to log in' })
  @Problems(
    'not_found',
    'not_possible',
    'target_unavailable',
    'target_refused',
    'portal_unavailable',
    'portal_error',
  )
  show(@Param('product') id: string, @CallerParam() context: RequestContext): Promise<DatabaseLoginDto> {
    return this.logins.show(id, context);
  }
}
