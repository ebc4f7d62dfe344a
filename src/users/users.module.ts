import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { DeletionsModule } from '../deletions/deletions.module.js';
import { AdminUsersController } from './admin/admin-users.controller.js';
import { UserRemoval } from './admin/user-removal.js';
import { UsersListStore } from './admin/users-list.store.js';
import { FirstCalls } from './first-calls.js';
import { MeController } from './me.controller.js';
import { UserFields } from './user-fields.js';
import { UserLifecycle } from './user-lifecycle.js';
import { UserReader } from './user-reader.js';
import { UsersController } from './users.controller.js';

@Module({
  imports: [AccessModule, DeletionsModule],
  controllers: [MeController, UsersController, AdminUsersController],
  providers: [UserReader, UserFields, UserLifecycle, UserRemoval, UsersListStore, FirstCalls],
  exports: [UserReader, UserLifecycle, UserRemoval],
})
export class UsersModule {}
