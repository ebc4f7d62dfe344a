import { Module } from '@nestjs/common';
import { MinioModule } from '../minio/minio.module.js';
import { UsersModule } from '../users/users.module.js';
import { AdminUsersController } from './admin-users.controller.js';
import { DoctorController } from './doctor.controller.js';
import { Doctor } from './doctor.js';
import { UsersListStore } from './users-list.store.js';

@Module({
  imports: [UsersModule, MinioModule],
  controllers: [AdminUsersController, DoctorController],
  providers: [UsersListStore, Doctor],
})
export class AdminModule {}
