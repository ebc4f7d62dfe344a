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
   * Whose token this is
   * @remarks For programs that hold a token and need the name of its person to ask for more. Creates nothing. One who is
   * disabled or being removed is told so, here as everywhere.
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
