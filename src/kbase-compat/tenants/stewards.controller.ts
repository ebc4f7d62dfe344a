import { Controller, Delete, Get, HttpCode, HttpStatus, Param, Post, Query } from '@nestjs/common';
import { IsIn } from 'class-validator';
import { CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { UserNamePipe } from '../../auth/user-name.pipe.js';
import { Optional } from '../../common/http/validation.js';
import { KbaseError } from '../errors/kbase-error.js';
import { KbaseGroupPipe } from '../groups/kbase-groups.js';
import { MemberChanges } from '../groups/member-changes.js';
import { Kbase } from '../kbase-route.js';
import { stewardsOf, tenantMember, TenantReader } from './tenant-reader.js';

/** What a new member may do. */
export class PermissionQuery {
  @Optional()
  @IsIn(['read_write', 'read_only'])
  permission: 'read_write' | 'read_only' = 'read_write';
}

/** Members and stewards of a tenant. */
@Controller('tenants/:tenant')
export class StewardsController {
  constructor(
    private readonly reader: TenantReader,
    private readonly members: MemberChanges,
  ) {}

  @Get('members')
  @Kbase({ people: true })
  async list(@Param('tenant', KbaseGroupPipe) name: string, @CallerParam() context: RequestContext) {
    const { members } = await this.reader.requireInsider(name, context);
    return members.map(tenantMember);
  }

  /** Also moves a member between reading and writing. */
  @Post('members/:user')
  @HttpCode(HttpStatus.OK)
  @Kbase({ people: true, limit: 'writes' })
  async add(
    @Param('tenant', KbaseGroupPipe) name: string,
    @Param('user', UserNamePipe) user: string,
    @Query() { permission }: PermissionQuery,
    @CallerParam() context: RequestContext,
  ) {
    const { row } = await this.reader.requireSteward(name, context);
    await this.members.move(row.name, user, permission === 'read_only' ? 'reader' : 'member', context);
    return this.reader.member(name, user);
  }

  @Delete('members/:user')
  @HttpCode(HttpStatus.NO_CONTENT)
  @Kbase({ people: true, limit: 'writes' })
  async remove(
    @Param('tenant', KbaseGroupPipe) name: string,
    @Param('user', UserNamePipe) user: string,
    @CallerParam() context: RequestContext,
  ): Promise<void> {
    const { row } = await this.reader.requireSteward(name, context);
    await this.members.remove(row.name, user, context);
  }

  @Get('stewards')
  @Kbase({ people: true })
  async stewards(@Param('tenant', KbaseGroupPipe) name: string, @CallerParam() context: RequestContext) {
    return stewardsOf(await this.reader.requireInsider(name, context));
  }

  /** Adds the user to the tenant, too. */
  @Post('stewards/:user')
  @HttpCode(HttpStatus.OK)
  @Kbase({ limit: 'writes' })
  async assign(
    @Param('tenant', KbaseGroupPipe) name: string,
    @Param('user', UserNamePipe) user: string,
    @CallerParam() context: RequestContext,
  ) {
    const { row } = await this.reader.require(name);
    await this.members.steward(row.name, user, true, context);
    const found = stewardsOf(await this.reader.require(name)).find(({ username }) => username === user);
    if (!found) throw new KbaseError('tenant_not_found', `${user} is not a steward of ${name}`);
    return found;
  }

  /** The user stays in the tenant. */
  @Delete('stewards/:user')
  @HttpCode(HttpStatus.NO_CONTENT)
  @Kbase({ limit: 'writes' })
  async dismiss(
    @Param('tenant', KbaseGroupPipe) name: string,
    @Param('user', UserNamePipe) user: string,
    @CallerParam() context: RequestContext,
  ): Promise<void> {
    const { row } = await this.reader.require(name);
    await this.members.steward(row.name, user, false, context);
  }
}
