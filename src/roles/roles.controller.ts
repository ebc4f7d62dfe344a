import { Body, Controller, Get, HttpStatus, Param, Put, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Authenticated, CallerParam, type RequestContext } from '../auth/authenticated.js';
import { PageQuery } from '../common/paging/page-query.dto.js';
import { decodeCursor, pageOf } from '../common/paging/paging.js';
import { brokenRule, noSuch } from '../common/problems/problem.js';
import { Problems } from '../common/problems/problems.decorator.js';
import { ROLE_NAME } from './entitlement.js';
import { RoleChanges } from './role-changes.js';
import { RoleDto, RolePageDto, RoleRequestDto } from './role.dto.js';
import { type Role, RolesStore } from './roles.store.js';

const NAME = {
  name: 'role',
  description: 'Name of the role',
  schema: { type: 'string', pattern: ROLE_NAME.source },
} as const;

@ApiTags('Roles')
@Controller('roles')
export class RolesController {
  constructor(
    private readonly store: RolesStore,
    private readonly changes: RoleChanges,
  ) {}

  /** List roles */
  @Get()
  @Authenticated()
  @ApiOkResponse({ type: RolePageDto, description: 'A page of roles' })
  @Problems('unprocessable')
  async list(@Query() { limit, cursor }: PageQuery): Promise<RolePageDto> {
    const rows = await this.store.list(limit + 1, decodeCursor(cursor));
    return pageOf(rows, limit, ({ name }) => name, roleOf);
  }

  /** Show a role */
  @Get(':role')
  @Authenticated()
  @ApiParam(NAME)
  @ApiOkResponse({ type: RoleDto, description: 'The role' })
  @Problems('not_found', 'unprocessable')
  async show(@Param('role') name: string): Promise<RoleDto> {
    const [role] = await this.store.named([roleName(name)]);
    if (!role) throw noSuch('role');
    return roleOf(role);
  }

  /**
   * Create a role, or replace its entitlements
   * @remarks Every user who was provisioned with the role is provisioned again.
   */
  @Put(':role')
  @Authenticated({ limit: 'writes' })
  @ApiParam(NAME)
  @ApiCreatedResponse({ type: RoleDto, description: 'The role was created' })
  @ApiOkResponse({ type: RoleDto, description: 'The role was changed' })
  @Problems('reserved_name')
  async put(
    @Param('role') name: string,
    @Body() body: RoleRequestDto,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RoleDto> {
    const { role, created } = await this.changes.put(roleName(name), body, context);
    reply.status(created ? HttpStatus.CREATED : HttpStatus.OK);
    return roleOf(role);
  }
}

function roleName(name: string): string {
  if (ROLE_NAME.test(name)) return name;
  throw brokenRule('role', '1 to 100 characters of A-Z a-z 0-9 _ . : -, the first a letter');
}

function roleOf({ name, description, entitlements, updated_at }: Role): RoleDto {
  return { role: name, description, entitlements, updated_at: updated_at.toISOString() };
}
