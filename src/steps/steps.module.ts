import { Module } from '@nestjs/common';
import { TargetsModule } from '../targets/targets.module.js';
import { Deliveries } from './deliver/deliver.js';
import { VaultSecretKind } from './vault/vault-secret.kind.js';
import { VaultDatabaseRoleKind, VaultPolicyKind, VaultSpaceKind } from './vault/vault-things.kind.js';

@Module({
  imports: [TargetsModule],
  providers: [Deliveries, ...[VaultSecretKind, VaultPolicyKind, VaultSpaceKind, VaultDatabaseRoleKind]],
  exports: [Deliveries],
})
export class StepsModule {}
