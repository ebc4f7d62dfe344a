import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { DeletionsModule } from '../deletions/deletions.module.js';
import { GroupsModule } from '../groups/groups.module.js';
import { AdminGroupsController } from './admin-groups.controller.js';
import { MinioModule } from '../minio/minio.module.js';
import { UsersModule } from '../users/users.module.js';
import { AdoptionController } from './adoption.controller.js';
import { AdminUsersController } from './admin-users.controller.js';
import { DoctorModule } from './doctor/doctor.module.js';
import { DriftController } from './drift/drift.controller.js';
import { DriftRequests } from './drift/drift-requests.js';
import { SubjectsListStore } from './subjects-list.store.js';
import { UserRemoval } from './user-removal.js';

@Module({
  imports: [AccessModule, UsersModule, GroupsModule, MinioModule, DeletionsModule, DoctorModule],
  controllers: [AdminUsersController, AdoptionController, AdminGroupsController, DriftController],
  providers: [SubjectsListStore, UserRemoval, DriftRequests],
})
export class AdminModule {}
