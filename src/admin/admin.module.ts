import { Module } from '@nestjs/common';
import { UsersModule } from '../users/users.module.js';
import { AdminUsersController } from './admin-users.controller.js';
import { UsersListStore } from './users-list.store.js';

@Module({ imports: [UsersModule], controllers: [AdminUsersController], providers: [UsersListStore] })
export class AdminModule {}
