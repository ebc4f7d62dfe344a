import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { DeletionsModule } from '../deletions/deletions.module.js';
import { Adoption } from './adoption.js';
import { RemainingAccess } from './remaining-access.js';
import { MeController } from './me.controller.js';
import { UserLifecycle } from './user-lifecycle.js';
import { UserReader } from './user-reader.js';
import { UsersController } from './users.controller.js';

@Module({
  imports: [AccessModule, DeletionsModule],
  controllers: [MeController, UsersController],
  providers: [UserReader, UserLifecycle, Adoption, RemainingAccess],
  exports: [UserReader, UserLifecycle, Adoption, RemainingAccess],
})
export class UsersModule {}
