import { Module } from '@nestjs/common';
import { DeletionsModule } from '../deletions/deletions.module.js';
import { GroupsModule } from '../groups/groups.module.js';
import { AdminGroupsController } from './admin-groups.controller.js';
import { MinioModule } from '../minio/minio.module.js';
import { UsersModule } from '../users/users.module.js';
import { AdminUsersController } from './admin-users.controller.js';
import { DoctorController } from './doctor.controller.js';
import { Doctor } from './doctor.js';
import { SubjectsListStore } from './subjects-list.store.js';
import { UserRemoval } from './user-removal.js';

@Module({
  imports: [UsersModule, GroupsModule, MinioModule, DeletionsModule],
  controllers: [AdminUsersController, AdminGroupsController, DoctorController],
  providers: [SubjectsListStore, UserRemoval, Doctor],
})
export class AdminModule {}
