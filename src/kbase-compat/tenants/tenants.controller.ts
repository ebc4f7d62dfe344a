import { Body, Controller, Delete, Get, HttpCode, HttpStatus, Param, Patch, Post } from '@nestjs/common';
import { AccessWriter } from '../../access/changes/writer.js';
import type { GroupProfile } from '../../access/subjects/subjects.js';
import { CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { tagOf } from '../../groups/group-rights.js';
import type { GroupSpec } from '../../groups/group-requests.js';
import { Groups } from '../../groups/groups.js';
import { requireEnforced } from '../errors/kbase-error.js';
import { KbaseGroupPipe } from '../groups/kbase-groups.js';
import { ListedStore } from '../groups/listed.store.js';
import { Kbase } from '../kbase-route.js';
import { TenantBody } from './tenant-body.js';
import { metadataOf, type Tenant, TenantReader } from './tenant-reader.js';

/** `/tenants`: groups, as their stewards and everybody else see them. */
@Controller('tenants')
export class TenantsController {
  constructor(
    private readonly lists: ListedStore,
    private readonly reader: TenantReader,
    private readonly groups: Groups,
    private readonly writer: AccessWriter,
  ) {}

  @Get()
  @Kbase({ person: true })
  async list(@CallerParam() { name: asker }: RequestContext) {
    const tenants = await this.lists.tenants(asker);
    return tenants.map(({ name, display_name, description, website, organization, member_count, role }) => ({
      tenant_name: name,
      display_name,
      description,
      website,
      organization,
      member_count,
      is_member: role !== null,
      is_steward: role === 'owner',
    }));
  }

  @Get(':tenant')
  @Kbase({ people: true })
  read(@Param('tenant', KbaseGroupPipe) name: string, @CallerParam() context: RequestContext) {
    return this.reader.detail(name, context);
  }

  @Patch(':tenant')
  @Kbase({ people: true, limit: 'writes' })
  async change(
    @Param('tenant', KbaseGroupPipe) name: string,
    @Body() body: TenantBody,
    @CallerParam() context: RequestContext,
  ) {
    const tenant = await this.reader.requireSteward(name, context);
    await this.save(tenant, { profile: profileOf(body), roles: {} }, context);
    return metadataOf((await this.reader.require(name)).row);
  }

  /** Fills what is not told about the group yet; the rest stays. */
  @Post(':tenant')
  @HttpCode(HttpStatus.OK)
  @Kbase({ limit: 'writes' })
  async create(
    @Param('tenant', KbaseGroupPipe) name: string,
    @Body() body: TenantBody,
    @CallerParam() context: RequestContext,
  ) {
    const tenant = await this.reader.require(name);
    const isUntold = ([field]: [string, unknown]): boolean => !tenant.row[field as keyof TenantProfile];
    const profile = Object.fromEntries(Object.entries(profileOf(body)).filter(isUntold));
    if (Object.keys(profile).length > 0) await this.save(tenant, { profile, roles: {} }, context);
    return metadataOf((await this.reader.require(name)).row);
  }

  /** Forgets what is told about the group, and makes its stewards plain members. The group stays. */
  @Delete(':tenant')
  @HttpCode(HttpStatus.NO_CONTENT)
  @Kbase({ limit: 'writes' })
  async forget(@Param('tenant', KbaseGroupPipe) name: string, @CallerParam() context: RequestContext) {
    const tenant = await this.reader.require(name);
    const member = tenant.members.filter(({ role }) => role !== 'reader').map(({ user_name }) => user_name);
    const profile = { description: null, display_name: null, website: null, organization: null };
    await this.save(tenant, { profile, roles: { owner: [], member } }, context);
  }

  private async save({ row }: Tenant, spec: GroupSpec, context: RequestContext): Promise<void> {
    const mutation = await this.groups.save(row.name, spec, context, tagOf(row));
    requireEnforced(await this.writer.run(mutation, context));
  }
}

type TenantProfile = Omit<GroupProfile, 'joinable'>;

/** What is to be told from now on. */
function profileOf(told: TenantBody): Partial<TenantProfile> {
  const texts = Object.entries(told).filter((each): each is [string, string] => typeof each[1] === 'string');
  return Object.fromEntries(texts.map(([field, text]) => [field, text.trim() || null]));
}
