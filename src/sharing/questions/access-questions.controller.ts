import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Memberships } from '../../access/memberships/memberships.js';
import { Subjects } from '../../access/subjects/subjects.js';
import { Explain, type Accessor } from '../../access/explain/explain.js';
import { allowedBy } from '../../access/explain/judge.js';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { requireUserName } from '../../auth/user-name.pipe.js';
import { decodeCursor, pageOf } from '../../common/paging/paging.js';
import { brokenRule, Problem } from '../../common/problems/problem.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import { AppConfig } from '../../config/app-config.js';
import type { SubjectRow } from '../../database/schema.js';
import { formatPath, type LakePath, parsePath } from '../../policy/paths.js';
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
   * @remarks For the owner of the path and administrators; for others the path does not exist. Includes access by a parent folder, a group,
   * everyone, or a foreign policy in MinIO. A group is one entry: a member who is denied the group's access is not shown separately. With
   * `below`, also lists access to something below the path only.
   */
  @Get()
  @Authenticated({ people: true })
  @ApiOkResponse({ type: AccessDto, description: 'All users and groups that reach it' })
  @Problems('not_found', 'unprocessable', 'storage_error', 'storage_unavailable')
  async who(@Query() query: AccessQuery, @CallerParam() context: RequestContext): Promise<AccessDto> {
    const path = pathOf(query.path);
    const { admin } = context.caller;
    if (!admin && this.explain.ownerOf(path) !== context.name)
      throw new Problem('not_found', 'You have no such path');
    const after = decodeCursor(query.cursor) ?? '';
    const asker = { name: context.name, admin, expand: query.expand === 'group' };
    const { limit, below } = query;
    const rest = await this.explain.reachers(path, asker, { after, limit: limit + 1, below });
    const page = pageOf(rest, limit, keyOf, (each) => each);
    return { path: formatPath(path), principals: page.items, next_cursor: page.next_cursor };
  }

  /**
   * Whether a user may do something at a path, and why
   * @remarks Everything in MinIO counts: policies of this service, foreign policies, MinIO groups, and whether users or groups are
   * disabled.
   */
  @Get('check')
  @Authenticated({ people: true })
  @ApiOkResponse({ type: AccessCheckDto, description: 'The answer that MinIO would give' })
  @Problems('not_found', 'unprocessable', 'reserved_name', 'storage_error', 'storage_unavailable')
  async check(
    @Query() query: AccessCheckQuery,
    @CallerParam() context: RequestContext,
  ): Promise<AccessCheckDto> {
    const name = requireUserName(query.user, this.config);
    if (!context.caller.admin && name !== context.name)
      throw new Problem('forbidden', 'Only the user or an administrator may do this');
    const path = pathOf(query.path);
    const user = await this.subjects.requireUser(name);
    const withGroup =
      query.with_group === undefined ? undefined : await this.group(query.with_group, path, context);
    const asked = { path, action: query.action, withGroup };
    const because = await this.explain.reasons(user, asked, context.caller.admin);
    return { allowed: allowedBy(because), because };
  }

  /** A group exists for its members, for administrators, and for the owner of the path; for all others it does not. */
  private async group(name: string, path: LakePath, context: RequestContext): Promise<SubjectRow> {
    const row = await this.subjects.find({ kind: 'group', name });
    if (row?.name === name && row.status === 'active') {
      if (context.caller.admin || this.explain.ownerOf(path) === context.name) return row;
      const members = await this.memberships.of(row.id);
      if (members.some(({ user_name }) => user_name === context.name)) return row;
    }
    throw brokenRule('with_group', 'is not one of your groups');
  }
}

/** The sort key of the list, which cursors contain. */
function keyOf({ kind, name }: Accessor): string {
  return `${kind}:${name}`;
}

function pathOf(text: string): LakePath {
  const parsed = parsePath(text);
  if (!parsed.ok) throw brokenRule('path', parsed.rule);
  return parsed.path;
}
