import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  HttpStatus,
  Param,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { gone, Mutations } from '../access/changes/mutations.js';
import { Authenticated, CallerParam, type RequestContext } from '../auth/authenticated.js';
import { UserNamePipe } from '../auth/user-name.pipe.js';
import { ApiOkOrPlan, type DryRunDto, DryRunQuery } from '../common/dry-run/dry-run.dto.js';
import { ApiPending, PendingDto } from '../common/pending.dto.js';
import { Problems } from '../common/problems/problems.decorator.js';
import { GrantableBuckets } from './grantable-buckets.js';
import { GroupChanges } from './group-changes.js';
import { GroupDto, GroupRequestDto, MemberRequestDto } from './group.dto.js';
import { GroupNamePipe, SeenGroupNamePipe } from './group-name.pipe.js';
import { GroupReader } from './group-reader.js';
import { readGroup } from './group-requests.js';
import { Groups } from './groups.js';

const UNAVAILABLE = ['user_disabled', 'storage_error', 'storage_unavailable', 'busy'] as const;
const ETAG = {
  ETag: { description: 'The current version of the group, for If-Match', schema: { type: 'string' } },
} as const;

@ApiTags('Groups')
@Controller('groups/:group')
export class GroupsController {
  constructor(
    private readonly groups: Groups,
    private readonly changes: GroupChanges,
    private readonly mutations: Mutations,
    private readonly reader: GroupReader,
    private readonly grantable: GrantableBuckets,
  ) {}

  /** Get a group: its members and the paths it reaches. Only its members and administrators can see it */
  @Get()
  @Authenticated({ people: true })
  @ApiOkResponse({ type: GroupDto, description: 'The group; its ETag is for If-Match', headers: ETAG })
  @Problems('not_found', 'unprocessable', 'reserved_name')
  get(
    @Param('group', SeenGroupNamePipe) name: string,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<GroupDto> {
    return show(this.reader.read(name, context), reply);
  }

  /**
   * Create or change a group
   * @remarks Administrators create groups; owners change theirs. A given list replaces the old one; omitted fields stay.
   */
  // eslint-disable-next-line max-params -- Nest hands each part of a request over as a parameter
  @Post()
  @HttpCode(HttpStatus.OK)
  @Authenticated({ people: true, limit: 'writes' })
  @ApiHeader({ name: 'if-match', required: false })
  @ApiOkOrPlan('The group was changed', GroupDto)
  @ApiCreatedResponse({ type: GroupDto, description: 'The group was created', headers: ETAG })
  @ApiPending(GroupDto, { headers: ETAG })
  @Problems('not_found', 'name_taken', 'precondition_failed', 'unknown_user', 'reserved_name', ...UNAVAILABLE)
  async save(
    @Param('group', GroupNamePipe) name: string,
    @Query() query: DryRunQuery,
    @Body() body: GroupRequestDto,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('if-match') tag?: string,
  ): Promise<GroupDto | DryRunDto> {
    const spec = readGroup(body, await this.grantable.lakeFor(body));
    const mutation = this.groups.save(name, spec, context, tag);
    return this.mutations.answer(mutation, { query, context, reply }, ({ value, enforced }) => {
      if (value.created && enforced) reply.status(HttpStatus.CREATED);
      return show(this.reader.readChanged(name), reply);
    });
  }

  /** Add a user to a group, or change the user's role */
  // eslint-disable-next-line max-params -- Nest hands each part of a request over as a parameter
  @Post('members')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ people: true, limit: 'writes' })
  @ApiHeader({ name: 'if-match', required: false })
  @ApiOkOrPlan('The user is in the group', GroupDto)
  @ApiPending(GroupDto, { headers: ETAG })
  @Problems('not_found', 'name_taken', 'precondition_failed', 'unknown_user', 'reserved_name', ...UNAVAILABLE)
  addMember(
    @Param('group', GroupNamePipe) name: string,
    @Query() query: DryRunQuery,
    @Body() member: MemberRequestDto,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('if-match') tag?: string,
  ): Promise<GroupDto | DryRunDto> {
    const mutation = this.changes.addMember(name, member, context, tag);
    return this.mutations.answer(mutation, { query, context, reply }, () =>
      show(this.reader.readChanged(name), reply),
    );
  }

  /** Remove a user from a group */
  // eslint-disable-next-line max-params -- Nest hands each part of a request over as a parameter
  @Delete('members/:user')
  @ApiParam({ name: 'user', example: 'bob' })
  @Authenticated({ people: true, limit: 'writes' })
  @ApiHeader({ name: 'if-match', required: false })
  @ApiOkOrPlan('With `?dry_run=true`: what would be done')
  @ApiNoContentResponse({ description: 'The user is not in the group', headers: ETAG })
  @ApiPending(PendingDto, { headers: ETAG })
  @Problems(
    'not_found',
    'name_taken',
    'precondition_failed',
    'unprocessable',
    'reserved_name',
    ...UNAVAILABLE,
  )
  removeMember(
    @Param('group', GroupNamePipe) name: string,
    @Param('user', UserNamePipe) user: string,
    @Query() query: DryRunQuery,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('if-match') tag?: string,
  ): Promise<PendingDto | DryRunDto | undefined> {
    const mutation = this.changes.removeMember(name, user, context, tag);
    return this.mutations.answer(mutation, { query, context, reply }, (written) => {
      reply.header('etag', written.value);
      return gone(written);
    });
  }
}

async function show(reading: ReturnType<GroupReader['read']>, reply: FastifyReply): Promise<GroupDto> {
  const { group, tag } = await reading;
  reply.header('etag', tag);
  return group;
}
