import { Controller, Delete, Get, Param, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { gone, Mutations } from '../access/changes/mutations.js';
import { Authenticated, CallerParam, type RequestContext } from '../auth/authenticated.js';
import { UserNamePipe } from '../auth/user-name.pipe.js';
import { PendingDto } from '../common/pending.dto.js';
import { Problems } from '../common/problems/problems.decorator.js';
import { UserDto } from './user.dto.js';
import { UserLifecycle } from './user-lifecycle.js';
import { UserReader } from './user-reader.js';

@Controller('users/:user')
export class UsersController {
  constructor(
    private readonly reader: UserReader,
    private readonly lifecycle: UserLifecycle,
    private readonly mutations: Mutations,
  ) {}

  /** Get a user: home, policies, groups; never a secret */
  @Get()
  @ApiTags('Me')
  @Authenticated({ self: 'user', service: 'credentials' })
  @ApiOkResponse({ type: UserDto, description: 'The user' })
  @Problems('not_found', 'storage_error', 'storage_unavailable')
  get(@Param('user', UserNamePipe) user: string): Promise<UserDto> {
    return this.reader.read(user);
  }

  /** End every session of a user, on every node of MinIO */
  @Delete('sessions')
  @ApiTags('Credentials')
  @Authenticated({ self: 'user', limit: 'writes' })
  @ApiNoContentResponse({ description: 'No earlier session works any longer' })
  @ApiAcceptedResponse({
    type: PendingDto,
    description:
      'Accepted and stored; MinIO or one of its nodes is unreachable and ends the sessions when it is back. Every node that answers has ended them',
  })
  @Problems('user_not_adopted', 'storage_error', 'storage_unavailable', 'busy')
  endSessions(
    @Param('user', UserNamePipe) user: string,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PendingDto | undefined> {
    const mutation = this.lifecycle.endSessions(user, context);
    return this.mutations.run(mutation, { context, reply, everywhere: true }, gone);
  }
}
