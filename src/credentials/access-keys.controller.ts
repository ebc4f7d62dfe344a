import { Body, Controller, Delete, Get, Header, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Authenticated, CallerParam, type RequestContext } from '../auth/authenticated.js';
import { CREDENTIAL_PROBLEMS } from './credential-problems.js';
import { Problems } from '../common/problems/problems.decorator.js';
import { AccessKeyPageDto, AccessKeyRequestDto, IssuedAccessKeyDto } from './dto/access-key.dto.js';
import { AccessKeys } from './access-keys.js';
import { UserNamePipe } from '../auth/user-name.pipe.js';

@ApiTags('Credentials')
@Controller('users/:user/access-keys')
export class AccessKeysController {
  constructor(private readonly accessKeys: AccessKeys) {}

  /**
   * Create an access key
   * @remarks A key pair for tools that cannot send a session token. It expires by itself, and its secret is shown only once. It reaches
   * what the user reaches and survives a rotation of the pair.
   */
  @Post()
  @Authenticated({ self: 'user', service: 'credentials', limit: 'credentials' })
  @Header('cache-control', 'no-store')
  @ApiCreatedResponse({ type: IssuedAccessKeyDto, description: 'The key with its secret' })
  @Problems('too_many_access_keys', ...CREDENTIAL_PROBLEMS)
  create(
    @Param('user', UserNamePipe) user: string,
    @Body() body: AccessKeyRequestDto,
    @CallerParam() context: RequestContext,
  ): Promise<IssuedAccessKeyDto> {
    return this.accessKeys.issue(user, body.name, body.expires_in_seconds, context);
  }

  /** List the live access keys of a user, without their secrets */
  @Get()
  @Authenticated({ self: 'user', service: 'credentials' })
  @ApiOkResponse({ type: AccessKeyPageDto, description: 'The live keys' })
  @Problems('not_found', 'storage_error', 'storage_unavailable')
  async list(@Param('user', UserNamePipe) user: string): Promise<AccessKeyPageDto> {
    return { items: await this.accessKeys.list(user), next_cursor: null };
  }

  /** Delete an access key; a missing key is no error */
  @Delete(':access_key')
  @HttpCode(HttpStatus.NO_CONTENT)
  @Authenticated({ self: 'user', limit: 'writes' })
  @ApiNoContentResponse({ description: 'The key no longer works' })
  @Problems('user_not_adopted', 'storage_error', 'storage_unavailable', 'busy')
  async remove(
    @Param('user', UserNamePipe) user: string,
    @Param('access_key') accessKey: string,
    @CallerParam() context: RequestContext,
  ): Promise<void> {
    await this.accessKeys.remove(user, accessKey, context);
  }
}
