import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { ProvisioningModule } from '../provisioning/provisioning.module.js';
import { EventsModule } from '../events/events.module.js';
import { AdminGroupsController } from './admin/admin-groups.controller.js';
import { GroupsListStore } from './admin/groups-list.store.js';
import { CatalogueController } from './catalogue/catalogue.controller.js';
import { CatalogueStore } from './catalogue/catalogue.store.js';
import { GrantableBuckets } from './grantable-buckets.js';
import { GroupChanges } from './group-changes.js';
import { GroupReader } from './group-reader.js';
import { Groups } from './groups.js';
import { GroupsController } from './groups.controller.js';
import { LoginChanges } from './logins/login-changes.js';
import { LoginGroupsReader } from './logins/login-groups-reader.js';
import { LoginGroupsController } from './logins/login-groups.controller.js';
import { LoginGroupsStore } from './logins/login-groups.store.js';
import { LoginMemberships } from './logins/login-memberships.js';

@Module({
  imports: [AccessModule, EventsModule, ProvisioningModule],
  controllers: [CatalogueController, GroupsController, AdminGroupsController, LoginGroupsController],
  providers: [
    ...[Groups, GrantableBuckets, GroupChanges, GroupReader, GroupsListStore, CatalogueStore],
    ...[LoginGroupsStore, LoginChanges, LoginMemberships, LoginGroupsReader],
  ],
  exports: [Groups, GrantableBuckets, GroupChanges, GroupReader, LoginGroupsReader],
})
export class GroupsModule {}
