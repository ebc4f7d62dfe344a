import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Memberships } from '../access/memberships/memberships.js';
import { Authenticated, CallerParam, type RequestContext } from '../auth/authenticated.js';
import { LastLogins } from '../auth/people/last-logins.js';
import { AppConfig } from '../config/app-config.js';
import { formatPath, homePath, homePaths } from '../policy/paths.js';
import { MeDto } from './me.dto.js';

@ApiTags('Me')
@Controller('me')
export class MeController {
  constructor(
    private readonly config: AppConfig,
    private readonly memberships: Memberships,
    private readonly lastLogins: LastLogins,
  ) {}

  /**
   * Identify the holder of the token
   * @remarks For programs that hold a token and need its user name for other calls. Like every first call of a person, it makes the user
   * known here; MinIO gets the user with the first credentials or the first share. A user who is disabled or being removed gets the same
   * error here as everywhere else.
   */
  @Get()
  @Authenticated({ anyone: true })
  @ApiOkResponse({ type: MeDto, description: 'The holder of the token' })
  async me(@CallerParam() { caller }: RequestContext): Promise<MeDto> {
    const { lake, minio, page } = this.config;
    const person = caller.kind === 'person';
    const [groups, end] = person
      ? await Promise.all([this.memberships.groupsOfName(caller.name), this.lastLogins.endOf(caller.name)])
      : [[], undefined];
    return {
      user_name: caller.name,
      kind: caller.kind,
      admin: caller.admin,
      scopes: [...caller.scopes],
      home_path: person ? formatPath(homePath({ ...lake, userName: caller.name })) : null,
      home_paths: person ? homePaths(lake, caller.name).map(formatPath) : [],
      endpoint: minio.publicEndpoint,
      region: minio.region,
      page_url: page?.url === undefined ? null : `${page.url}/ui/`,
      credentials_end_at: end?.toISOString() ?? null,
      groups: groups.map(({ group_name, role }) => ({ group_name, role })),
    };
  }
}
