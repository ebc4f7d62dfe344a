import { Module } from '@nestjs/common';
import { TargetsModule } from '../targets/targets.module.js';
import { AssertKind } from './control/assert.kind.js';
import { WaitKind } from './control/wait.kind.js';
import { Deliveries } from './deliver/deliver.js';
import { HttpRequestKind } from './http/http-request.kind.js';
import { DatabaseKind } from './postgres/database.kind.js';
import { GrantsKind } from './postgres/grants.kind.js';
import { MigrateKind } from './postgres/migrate.kind.js';
import { RoleKind } from './postgres/role.kind.js';
import { VaultSecretKind } from './vault/vault-secret.kind.js';
import { VaultDatabaseRoleKind, VaultPolicyKind, VaultSpaceKind } from './vault/vault-things.kind.js';

@Module({
  imports: [TargetsModule],
  providers: [
    ...[AssertKind, WaitKind, HttpRequestKind],
    ...[DatabaseKind, RoleKind, GrantsKind, MigrateKind],
    Deliveries,
    ...[VaultSecretKind, VaultPolicyKind, VaultSpaceKind, VaultDatabaseRoleKind],
  ],
  exports: [Deliveries],
})
export class StepsModule {}
