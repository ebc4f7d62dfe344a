import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { ProvisioningModule } from '../provisioning/provisioning.module.js';
import { RoleAccess } from './role-access.js';
import { RoleChanges } from './role-changes.js';
import { Roles } from './roles.js';
import { RolesController } from './roles.controller.js';
import { RolesStore } from './roles.store.js';

@Module({
  imports: [AccessModule, ProvisioningModule],
  controllers: [RolesController],
  providers: [RolesStore, Roles, RoleAccess, RoleChanges],
  exports: [Roles, RoleAccess],
})
export class RolesModule {}
