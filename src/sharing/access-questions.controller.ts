import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Memberships } from '../access/change/memberships.js';
import { Subjects } from '../access/desired/subjects.js';
import { Explain } from '../access/explain/explain.js';
import { Authenticated, CallerParam, type RequestActor } from '../auth/authenticated.js';
import { requireUserName } from '../auth/user-name.pipe.js';
import { brokenRule, Problem } from '../common/problems/problem.js';
import { Problems } from '../common/problems/problems.decorator.js';
import { AppConfig } from '../config/app-config.js';
import type { SubjectRow } from '../database/schema.js';
import { formatPath, type LakePath, parsePath } from '../policy/paths.js';
import { AccessCheckDto, AccessCheckQuery, AccessDto, AccessQuery } from './access-question.dto.js';

@ApiTags('Access')
@Controller('access')
export class AccessQuestionsController {
  constructor(
    private readonly explain: Explain,
    private readonly subjects: Subjects,
    private readonly memberships: Memberships,
    private readonly config: AppConfig,
  ) {}

  /**
   * Who reaches a path, and why
   * @remarks For the owner of the path and administrators; for others it is not there. Access by a parent folder, a group or everyone is included.
   */
  @Get()
  @Authenticated({ people: true })
  @ApiOkResponse({ type: AccessDto, description: 'Everybody who reaches it' })
  @Problems('not_found', 'unprocessable')
  async who(@Query() query: AccessQuery, @CallerParam() actor: RequestActor): Promise<AccessDto> {
    const path = pathOf(query.path);
    if (!actor.caller.admin && this.explain.ownerOf(path) !== actor.name)
      throw new Problem('not_found', 'There is no such path of yours');
    return { path: formatPath(path), principals: await this.explain.reachers(path) };
  }

  /** Whether a user may do something at a path, and why */
  @Get('check')
  @Authenticated({ people: true })
  @ApiOkResponse({ type: AccessCheckDto, description: 'The answer that MinIO would give' })
  @Problems('not_found', 'unprocessable', 'reserved_name')
  async check(@Query() query: AccessCheckQuery, @CallerParam() actor: RequestActor): Promise<AccessCheckDto> {
    const name = requireUserName(query.user, this.config);
    if (!actor.caller.admin && name !== actor.name)
      throw new Problem('forbidden', 'This is for the user itself or an administrator');
    const path = pathOf(query.path);
    const user = await this.subjects.find({ kind: 'user', name });
    if (!user) throw new Problem('not_found', 'There is no such user');
    const group =
      query.with_group === undefined ? undefined : await this.group(query.with_group, path, actor);
    const because = await this.explain.reasons(user, path, query.action, group);
    return { allowed: because.length > 0, because };
  }

  /** A group that one is not in, and whose access to another one's path one asks for, is not there. */
  private async group(name: string, path: LakePath, actor: RequestActor): Promise<SubjectRow> {
    const row = await this.subjects.find({ kind: 'group', name });
    if (row?.name === name && row.status === 'active') {
      if (actor.caller.admin || this.explain.ownerOf(path) === actor.name) return row;
      const members = await this.memberships.of(row.id);
      if (members.some(({ user_name }) => user_name === actor.name)) return row;
    }
    throw brokenRule('with_group', 'names no group of yours');
  }
}

function pathOf(text: string): LakePath {
  const parsed = parsePath(text);
  if (!parsed.ok) throw brokenRule('path', parsed.rule);
  return parsed.path;
}
