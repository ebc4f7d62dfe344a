import { Injectable } from '@nestjs/common';
import { type Member, Memberships } from '../../access/memberships/memberships.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { AppConfig } from '../../config/app-config.js';
import type { SubjectRow } from '../../database/schema.js';
import { formatPath } from '../../policy/paths.js';
import { KbaseError } from '../errors/kbase-error.js';
import { KbaseGroups } from '../groups/kbase-groups.js';
import { tenantFolders, tenantNamespacePrefix } from '../workspaces/prefixes.js';

/** What is told about a tenant; null: not known, or not kept here. */
export interface TenantMetadata {
  tenant_name: string;
  display_name: string | null;
  description: string | null;
  website: string | null;
  organization: string | null;
  created_by: string | null;
  created_at: string;
  updated_at: string | null;
  updated_by: string | null;
}

/** Names and addresses of people are not kept here. */
export interface TenantMember {
  username: string;
  display_name: null;
  email: null;
  access_level: 'read_write' | 'read_only';
  is_steward: boolean;
}

export interface TenantSteward {
  username: string;
  display_name: null;
  email: null;
  assigned_by: string;
  assigned_at: string;
}

/** A tenant and who is in it. */
export interface Tenant {
  row: SubjectRow;
  members: Member[];
}

/** Reads groups as tenants. That a tenant exists is no secret here; who is in it is. */
@Injectable()
export class TenantReader {
  constructor(
    private readonly groups: KbaseGroups,
    private readonly memberships: Memberships,
    private readonly config: AppConfig,
  ) {}

  async require(name: string): Promise<Tenant> {
    const found = await this.groups.find(name);
    if (found?.readers)
      throw new KbaseError(
        'tenant',
        `${name} is a read-only group, not a tenant: use the name ${found.row.name}`,
      );
    if (!found) throw new KbaseError('tenant_not_found', `Tenant ${name} not found`);
    return { row: found.row, members: await this.memberships.of(found.row.id) };
  }

  /** The same for members and administrators only. */
  async requireInsider(name: string, context: RequestContext): Promise<Tenant> {
    const tenant = await this.require(name);
    if (isInsider(tenant, context)) return tenant;
    throw new KbaseError('tenant_denied', 'Only members, stewards and administrators see who is in a tenant');
  }

  /** The same for stewards and administrators only. */
  async requireSteward(name: string, context: RequestContext): Promise<Tenant> {
    const tenant = await this.require(name);
    const role = tenant.members.find(({ user_name }) => user_name === context.name)?.role;
    if (context.caller.admin || role === 'owner') return tenant;
    throw new KbaseError('tenant_denied', `Only stewards of ${name} and administrators may do this`);
  }

  /** The whole tenant; outsiders see how many members there are, and the stewards. */
  async detail(name: string, context: RequestContext) {
    const tenant = await this.require(name);
    const { row, members } = tenant;
    const { files, sql } = tenantFolders(this.config.lake.homes, row.name);
    return {
      metadata: metadataOf(row),
      stewards: stewardsOf(tenant),
      members: isInsider(tenant, context) ? members.map(tenantMember) : [],
      member_count: members.length,
      storage_paths: {
        general_warehouse: formatPath(files),
        sql_warehouse: formatPath(sql),
        namespace_prefix: tenantNamespacePrefix(row.name),
      },
    };
  }

  async member(name: string, userName: string): Promise<TenantMember> {
    const { members } = await this.require(name);
    const found = members.find(({ user_name }) => user_name === userName);
    if (!found) throw new KbaseError('tenant_not_found', `${userName} is not in the tenant ${name}`);
    return tenantMember(found);
  }
}

function isInsider({ members }: Tenant, { name, caller }: RequestContext): boolean {
  return caller.admin || members.some(({ user_name }) => user_name === name);
}

export function metadataOf(row: SubjectRow): TenantMetadata {
  return {
    tenant_name: row.name,
    display_name: row.display_name,
    description: row.description,
    website: row.website,
    organization: row.organization,
    created_by: null,
    created_at: row.created_at.toISOString(),
    updated_at: null,
    updated_by: null,
  };
}

export function tenantMember({ user_name, role }: Member): TenantMember {
  return {
    username: user_name,
    display_name: null,
    email: null,
    access_level: role === 'reader' ? 'read_only' : 'read_write',
    is_steward: role === 'owner',
  };
}

/** KBase's clients refuse a steward without a name and a time: where none are known, nobody and the time at which the group was made. */
export function stewardsOf({ row, members }: Tenant): TenantSteward[] {
  return members
    .filter(({ role }) => role === 'owner')
    .map(({ user_name, since, added_by }) => ({
      username: user_name,
      display_name: null,
      email: null,
      assigned_by: added_by ?? '',
      assigned_at: (since ?? row.created_at).toISOString(),
    }));
}
