import { Body, Controller, Get, Headers, HttpCode, HttpStatus, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiHeader, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { IdParam } from '../../common/http/id-param.js';
import { ApiOkOrPlan, dryRun, type DryRunDto, DryRunQuery } from '../../common/dry-run/dry-run.dto.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import { AccessGrantInput } from './access-grant.dto.js';
import { AccessRevokeInput } from './access-revoke.dto.js';
import { Provisions } from '../../provisioning/records/provisions.js';
import { readIdempotencyKey } from '../../provisioning/http/idempotency-key.js';
import { ProvisionScope } from './provision-scope.js';
import { TaskDto, taskOf, TaskStateDto, taskStateOf } from '../../provisioning/http/task.dto.js';

const IDEMPOTENCY = {
  name: 'Idempotency-Key',
  required: false,
  description: 'A repeated request with the same key returns the same task: 1 to 200 printable characters',
  example: 'order-4711',
};

const PROBLEMS = [
  'not_found',
  'idempotency_conflict',
  'admin_target',
  'storage_error',
  'storage_unavailable',
] as const;

@ApiTags('Provisioning')
@Controller('provision')
export class ProvisionController {
  constructor(
    private readonly provisions: Provisions,
    private readonly scope: ProvisionScope,
  ) {}

  /**
   * Give a user the entitlements of its roles
   * @remarks Missing entitlements are granted. Entitlements that roles gave before and no longer give are revoked; anything that somebody
   * gave by hand stays. Accepted requests take effect exactly once, one at a time per user, in order. A service token with the scope
   * `provision` cannot name a holder of an admin role.
   */
  @Post()
  @HttpCode(HttpStatus.ACCEPTED)
  @Authenticated({ service: 'provision', limit: 'writes' })
  @ApiHeader(IDEMPOTENCY)
  @ApiAcceptedResponse({ type: TaskDto, description: 'Accepted; `Location` shows its state' })
  @ApiOkOrPlan('With `?dry_run=true`: what would be done')
  @Problems(...PROBLEMS)
  async grant(
    @Body() body: AccessGrantInput,
    @Query() query: DryRunQuery,
    @Headers('idempotency-key') key: string | undefined,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TaskDto | DryRunDto> {
    await this.scope.requireGrant(body, context);
    return this.submit('access.grant', { body, query, key }, context, reply);
  }

  /**
   * Revoke exactly the listed entitlements
   * @remarks They are revoked whether a role or a person gave them. Roles do not give them back until the user's next request. With
   * `userId` null, this also covers objects that this service never made. A service token with the scope `provision` can revoke groups and
   * paths that some role gives, but not from a holder of an admin role.
   */
  @Post('revoke')
  @HttpCode(HttpStatus.ACCEPTED)
  @Authenticated({ service: 'provision', limit: 'writes' })
  @ApiHeader(IDEMPOTENCY)
  @ApiAcceptedResponse({ type: TaskDto, description: 'Accepted; `Location` shows its state' })
  @ApiOkOrPlan('With `?dry_run=true`: what would be done')
  @Problems(...PROBLEMS)
  async revoke(
    @Body() body: AccessRevokeInput,
    @Query() query: DryRunQuery,
    @Headers('idempotency-key') key: string | undefined,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TaskDto | DryRunDto> {
    await this.scope.requireRevoke(body, context);
    return this.submit('access.revoke', { body, query, key }, context, reply);
  }

  /**
   * Show the state of a task
   * @remarks A service token with the scope `provision` sees only its own tasks.
   */
  @Get(':taskId')
  @Authenticated({ service: 'provision' })
  @ApiOkResponse({ type: TaskStateDto, description: 'The task' })
  @Problems('not_found')
  async show(
    @IdParam('taskId', 'provision') id: string,
    @CallerParam() context: RequestContext,
  ): Promise<TaskStateDto> {
    const row = await this.provisions.require(id);
    this.scope.requireOwn(row, context);
    return taskStateOf(row);
  }

  private async submit(
    kind: string,
    { body, query, key }: { body: object; query: DryRunQuery; key: string | undefined },
    context: RequestContext,
    reply: FastifyReply,
  ): Promise<TaskDto | DryRunDto> {
    const request = { kind, input: body, origin: 'api', idempotencyKey: readIdempotencyKey(key) } as const;
    if (query.dry_run) {
      reply.status(HttpStatus.OK);
      return dryRun(await this.provisions.plan(request, context));
    }
    const row = await this.provisions.submit(request, context);
    reply.header('location', `/provision/${row.id}`);
    return taskOf(row);
  }
}
