import { Controller, Get, Param, Query } from '@nestjs/common';
import { IsString, MaxLength, MinLength } from 'class-validator';
import { Memberships } from '../../access/memberships/memberships.js';
import { CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { NoNul, Optional } from '../../common/http/validation.js';
import { AppConfig } from '../../config/app-config.js';
import { GroupReader } from '../../groups/group-reader.js';
import { formatPath } from '../../policy/paths.js';
import { KbaseError } from '../errors/kbase-error.js';
import { KbaseGroupPipe, KbaseGroups } from '../groups/kbase-groups.js';
import { Kbase } from '../kbase-route.js';
import { tenantFolders, tenantNamespacePrefix, userNamespacePrefix, userSqlWarehouse } from './prefixes.js';
import { WorkspaceReader } from './workspace-reader.js';

/** The tenant of `namespace-prefix`. */
export class NamespaceQuery {
  @Optional()
  @IsString()
  @MinLength(1)
  @MaxLength(65)
  @NoNul()
  tenant?: string;
}

/** `/workspaces/me`: what the caller has. */
@Controller('workspaces/me')
export class WorkspacesController {
  constructor(
    private readonly reader: WorkspaceReader,
    private readonly groups: KbaseGroups,
    private readonly memberships: Memberships,
    private readonly groupReader: GroupReader,
    private readonly config: AppConfig,
  ) {}

  @Get()
  @Kbase({ person: true })
  me(@CallerParam() { name }: RequestContext) {
    return this.reader.me(name);
  }

  @Get('groups')
  @Kbase({ person: true })
  async myGroups(@CallerParam() { name: username }: RequestContext) {
    const groups = await this.reader.groupNames(username);
    return { username, groups, group_count: groups.length };
  }

  @Get('policies')
  @Kbase({ person: true })
  async policies(@CallerParam() { name: username }: RequestContext) {
    const { home, system, groups } = await this.reader.policies(username);
    return {
      username,
      user_home_policy: home,
      user_system_policy: system,
      group_policies: groups,
      total_policies: 2 + groups.length,
    };
  }

  @Get('accessible-paths')
  @Kbase({ person: true })
  async paths(@CallerParam() { name: username }: RequestContext) {
    const accessible_paths = await this.reader.paths(username);
    return { username, accessible_paths, total_paths: accessible_paths.length };
  }

  /** Members and paths of a group that the caller is in, as a member or a reader. */
  @Get('groups/:group')
  @Kbase({ person: true })
  async group(@Param('group', KbaseGroupPipe) name: string, @CallerParam() context: RequestContext) {
    const group_name = await this.requireMember(name, context.name);
    const { group } = await this.groupReader.read(group_name, context);
    const members = group.members.filter(({ role }) => role !== 'reader').map(({ user_name }) => user_name);
    const accessible_paths = [...new Set(group.grants.map(({ path }) => path))].sort();
    return { group_name, members, member_count: members.length, accessible_paths };
  }

  @Get('groups/:group/sql-warehouse-prefix')
  @Kbase({ person: true })
  async groupWarehouse(@Param('group', KbaseGroupPipe) name: string, @CallerParam() context: RequestContext) {
    const group_name = await this.requireMember(name, context.name);
    const { sql } = tenantFolders(this.config.lake.homes, group_name);
    return { group_name, sql_warehouse_prefix: formatPath(sql) };
  }

  @Get('sql-warehouse-prefix')
  @Kbase({ person: true })
  warehouse(@CallerParam() { name: username }: RequestContext) {
    return { username, sql_warehouse_prefix: userSqlWarehouse(this.config.lake.homes, username) };
  }

  @Get('namespace-prefix')
  @Kbase({ person: true })
  async namespace(@Query() { tenant }: NamespaceQuery, @CallerParam() { name: username }: RequestContext) {
    const base = tenant === undefined ? null : await this.requireMember(tenant, username);
    return {
      username,
      user_namespace_prefix: userNamespacePrefix(username),
      tenant: tenant ?? null,
      tenant_namespace_prefix: base === null ? null : tenantNamespacePrefix(base),
    };
  }

  /** The group's own name. Whoever is in it may ask by either name of KBase. */
  private async requireMember(name: string, userName: string): Promise<string> {
    const found = await this.groups.find(name);
    const members = found ? await this.memberships.of(found.row.id) : [];
    if (found && members.some(({ user_name }) => user_name === userName)) return found.row.name;
    throw new KbaseError('governance', `User ${userName} is not a member of the group ${name}`);
  }
}
