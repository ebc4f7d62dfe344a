import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { UserLifecycle } from './user-lifecycle.js';
import { UserReader } from './user-reader.js';
import { UsersController } from './users.controller.js';

@Module({
  imports: [AccessModule],
  controllers: [UsersController],
  providers: [UserReader, UserLifecycle],
  exports: [UserReader, UserLifecycle],
})
export class UsersModule {}
