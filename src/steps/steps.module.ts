import { Module } from '@nestjs/common';
import { CredentialsModule } from '../credentials/credentials.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { TargetsModule } from '../targets/targets.module.js';
import { AnsibleKind } from './ansible/ansible.kind.js';
import { AnsibleWork } from './ansible/ansible-work.js';
import { AssertKind } from './control/assert.kind.js';
import { WaitKind } from './control/wait.kind.js';
import { SecretCopyKind } from './deliver/copy.kind.js';
import { Deliveries } from './deliver/deliver.js';
import { GitScaffoldKind } from './git/scaffold.kind.js';
import { HttpRequestKind } from './http/http-request.kind.js';
import { KubernetesApplyKind } from './kubernetes/apply.kind.js';
import { KubernetesJobKind } from './kubernetes/job.kind.js';
import { MakersStore } from './kubernetes/makers.store.js';
import { ObjectRemoval } from './kubernetes/removed-objects.js';
import { KubernetesWaitKind } from './kubernetes/wait.kind.js';
import { DatabaseKind } from './postgres/database.kind.js';
import { GrantsKind } from './postgres/grants.kind.js';
import { MigrateKind } from './postgres/migrate.kind.js';
import { RoleKind } from './postgres/role.kind.js';
import { KeyKind } from './storage/key.kind.js';
import { SecretVariables } from './tools/secret-variables.js';
import { ToolFolders } from './tools/tool-folders.js';
import { StateKeys } from './tofu/state-keys.js';
import { TofuKind } from './tofu/tofu.kind.js';
import { TofuStatesStore } from './tofu/tofu-states.store.js';
import { TofuWork } from './tofu/tofu-work.js';
import { VaultSecretKind } from './vault/vault-secret.kind.js';
import { VaultDatabaseRoleKind, VaultPolicyKind, VaultSpaceKind } from './vault/vault-things.kind.js';

@Module({
  imports: [CredentialsModule, SecretsModule, TargetsModule],
  providers: [
    ...[AssertKind, WaitKind, HttpRequestKind],
    ...[KubernetesApplyKind, KubernetesJobKind, KubernetesWaitKind, ObjectRemoval, MakersStore],
    GitScaffoldKind,
    ...[DatabaseKind, RoleKind, GrantsKind, MigrateKind],
    ...[Deliveries, SecretCopyKind, KeyKind],
    ...[ToolFolders, SecretVariables, AnsibleKind, AnsibleWork],
    ...[TofuKind, TofuWork, TofuStatesStore, StateKeys],
    ...[VaultSecretKind, VaultPolicyKind, VaultSpaceKind, VaultDatabaseRoleKind],
  ],
  exports: [Deliveries],
})
export class StepsModule {}
