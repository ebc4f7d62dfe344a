import { Body, Controller, HttpCode, HttpStatus, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { EVERYONE } from '../../policy/names.js';
import { KbaseError } from '../errors/kbase-error.js';
import { Kbase } from '../kbase-route.js';
import { PathBody, ShareBody, UnshareBody } from './share-bodies.js';
import { isPublic, KbaseShares, type ShareOutcome } from './shares.js';

/** `/sharing`: shares of the caller's own paths. */
@Controller('sharing')
export class KbaseSharingController {
  constructor(private readonly shares: KbaseShares) {}

  /** 207 with `errors` if a target was refused, also if all were. */
  @Post('share')
  @HttpCode(HttpStatus.OK)
  @Kbase({ person: true, limit: 'writes' })
  async share(
    @Body() { path: text, with_users: users, with_groups: groups, permission }: ShareBody,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const path = this.shares.ownPath(text, context);
    const outcome = await this.shares.share(path, { users, groups }, permission, context);
    return {
      path: text,
      shared_with_users: outcome.users,
      shared_with_groups: outcome.groups,
      ...counted(outcome, reply),
      shared_by: context.name,
      shared_at: new Date().toISOString(),
    };
  }

  @Post('unshare')
  @HttpCode(HttpStatus.OK)
  @Kbase({ person: true, limit: 'writes' })
  async unshare(
    @Body() { path: text, from_users: users, from_groups: groups }: UnshareBody,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const path = this.shares.ownPath(text, context);
    const outcome = await this.shares.unshare(path, { users, groups }, context);
    return {
      path: text,
      unshared_from_users: outcome.users,
      unshared_from_groups: outcome.groups,
      ...counted(outcome, reply),
      unshared_by: context.name,
      unshared_at: new Date().toISOString(),
    };
  }

  /** For reading: KBase's own service lets everybody write there, and delete. */
  @Post('make-public')
  @HttpCode(HttpStatus.OK)
  @Kbase({ person: true, limit: 'writes' })
  async makePublic(@Body() { path: text }: PathBody, @CallerParam() context: RequestContext) {
    const path = this.shares.ownPath(text, context);
    const all = { users: [], groups: [EVERYONE] };
    const { errors } = await this.shares.share(path, all, 'read', context);
    if (errors.length > 0) throw new KbaseError('governance', errors.join('; '));
    return { path: text, is_public: true };
  }

  /** Ends every share of exactly this path. `is_public` is true if everybody still reaches it, by a folder above. */
  @Post('make-private')
  @HttpCode(HttpStatus.OK)
  @Kbase({ person: true, limit: 'writes' })
  async makePrivate(@Body() { path: text }: PathBody, @CallerParam() context: RequestContext) {
    const path = this.shares.ownPath(text, context);
    await this.shares.unshareAll(path, context);
    return { path: text, is_public: isPublic(await this.shares.reachers(path, context)) };
  }

  /** Unlike in KBase's own service, only for the owner and administrators. */
  @Post('get_path_access_info')
  @HttpCode(HttpStatus.OK)
  @Kbase({ person: true })
  async accessInfo(@Body() { path: text }: PathBody, @CallerParam() context: RequestContext) {
    const reachers = await this.shares.reachers(this.shares.askedPath(text, context), context);
    const named = (wanted: 'user' | 'group') =>
      reachers.filter(({ kind }) => kind === wanted).map(({ name }) => name);
    return { users: named('user'), groups: named('group'), public: isPublic(reachers), path: text };
  }
}

function counted({ users, groups, errors }: ShareOutcome, reply: FastifyReply) {
  if (errors.length > 0) reply.status(HttpStatus.MULTI_STATUS);
  return { success_count: users.length + groups.length, errors };
}
