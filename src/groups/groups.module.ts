import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { AdminGroupsController } from './admin/admin-groups.controller.js';
import { GroupsListStore } from './admin/groups-list.store.js';
import { GroupChanges } from './group-changes.js';
import { GroupReader } from './group-reader.js';
import { Groups } from './groups.js';
import { GroupsController } from './groups.controller.js';

@Module({
  imports: [AccessModule],
  controllers: [GroupsController, AdminGroupsController],
  providers: [Groups, GroupChanges, GroupReader, GroupsListStore],
  exports: [Groups, GroupChanges, GroupReader],
})
export class GroupsModule {}
