import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { GroupChanges } from './group-changes.js';
import { GroupReader } from './group-reader.js';
import { Groups } from './groups.js';
import { GroupsController } from './groups.controller.js';

@Module({
  imports: [AccessModule],
  controllers: [GroupsController],
  providers: [Groups, GroupChanges, GroupReader],
  exports: [Groups, GroupChanges, GroupReader],
})
export class GroupsModule {}
