import { Controller, Delete, Get, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { Memberships } from '../../access/memberships/memberships.js';
import { CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { UserNamePipe } from '../../auth/user-name.pipe.js';
import {
  type KbaseGroup,
  KbaseGroupPipe,
  KbaseGroups,
  kbaseName,
  readersName,
} from '../groups/kbase-groups.js';
import { ListedStore } from '../groups/listed.store.js';
import { MemberChanges } from '../groups/member-changes.js';
import { Kbase } from '../kbase-route.js';
import { GroupLifecycle } from './group-lifecycle.js';

/** `/management/groups`: for administrators, except for the names. */
@Controller('management/groups')
export class KbaseGroupsController {
  constructor(
    private readonly lists: ListedStore,
    private readonly groups: KbaseGroups,
    private readonly memberships: Memberships,
    private readonly members: MemberChanges,
    private readonly lifecycle: GroupLifecycle,
  ) {}

  @Get()
  @Kbase({})
  async list() {
    const groups = (await this.lists.groupsWithMembers()).flatMap(({ name, members }) => {
      const by = Object.groupBy(members, ({ role }) => kbaseName(name, role));
      return [name, readersName(name)].map((group_name) => {
        const names = (by[group_name] ?? []).map(({ user_name }) => user_name);
        return { group_name, members: names, member_count: names.length };
      });
    });
    return { groups, total_count: groups.length };
  }

  @Get('names')
  @Kbase({ person: true })
  async names() {
    const group_names = (await this.lists.groupNames()).flatMap((name) => [name, readersName(name)]);
    return { group_names, total_count: group_names.length };
  }

  /** A group that exists stays as it is. */
  @Post(':group')
  @HttpCode(HttpStatus.CREATED)
  @Kbase({ limit: 'writes' })
  async create(@Param('group', KbaseGroupPipe) name: string, @CallerParam() context: RequestContext) {
    await this.lifecycle.create(name, context);
    return this.shown(name, 'create', context, readersName(name));
  }

  @Delete(':group')
  @Kbase({ limit: 'writes' })
  async remove(@Param('group', KbaseGroupPipe) name: string, @CallerParam() context: RequestContext) {
    await this.lifecycle.remove(name, context);
    return { resource_type: 'group', resource_name: name, message: `Group ${name} deleted successfully` };
  }

  @Post(':group/members/:user')
  @HttpCode(HttpStatus.OK)
  @Kbase({ limit: 'writes' })
  async add(
    @Param('group', KbaseGroupPipe) name: string,
    @Param('user', UserNamePipe) user: string,
    @CallerParam() context: RequestContext,
  ) {
    await this.members.add(await this.groups.require(name), user, context);
    return this.shown(name, 'add_member', context);
  }

  @Delete(':group/members/:user')
  @Kbase({ limit: 'writes' })
  async take(
    @Param('group', KbaseGroupPipe) name: string,
    @Param('user', UserNamePipe) user: string,
    @CallerParam() context: RequestContext,
  ) {
    await this.members.take(await this.groups.require(name), user, context);
    return this.shown(name, 'remove_member', context);
  }

  private async shown(
    name: string,
    operation: string,
    context: RequestContext,
    ro_group_name: string | null = null,
  ) {
    const members = await this.namesIn(await this.groups.require(name));
    return {
      group_name: name,
      ro_group_name,
      members,
      member_count: members.length,
      operation,
      performed_by: context.name,
      timestamp: new Date().toISOString(),
    };
  }

  private async namesIn({ row, readers }: KbaseGroup): Promise<string[]> {
    const members = await this.memberships.of(row.id);
    return members.filter(({ role }) => (role === 'reader') === readers).map(({ user_name }) => user_name);
  }
}
