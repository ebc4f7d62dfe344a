import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Authenticated, CallerParam, type RequestContext } from '../auth/authenticated.js';
import { AppConfig } from '../config/app-config.js';
import { formatPath, homePath } from '../policy/paths.js';
import { MeDto } from './me.dto.js';

@ApiTags('Users')
@Controller('me')
export class MeController {
  constructor(private readonly config: AppConfig) {}

  /**
   * Identify the holder of the token
   * @remarks For programs that hold a token and need its user name for other calls. Creates nothing. A user who is disabled or being
   * removed gets the same error here as everywhere else.
   */
  @Get()
  @Authenticated({ anyone: true })
  @ApiOkResponse({ type: MeDto, description: 'The holder of the token' })
  me(@CallerParam() { caller }: RequestContext): MeDto {
    const { lake, minio } = this.config;
    const person = caller.kind === 'person';
    return {
      user_name: caller.name,
      kind: caller.kind,
      admin: caller.admin,
      scopes: [...caller.scopes],
      home_path: person ? formatPath(homePath({ ...lake, userName: caller.name })) : null,
      endpoint: minio.publicEndpoint,
      region: minio.region,
    };
  }
}
