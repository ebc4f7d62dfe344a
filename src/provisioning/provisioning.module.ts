import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AccessModule } from '../access/access.module.js';
import { CredentialsModule } from '../credentials/credentials.module.js';
import { GroupsModule } from '../groups/groups.module.js';
import { SharingModule } from '../sharing/sharing.module.js';
import { UsersModule } from '../users/users.module.js';
import { ProvisionController } from './http/provision.controller.js';
import { ProvisionScope } from './http/provision-scope.js';
import { ProvisionsController } from './http/provisions.controller.js';
import { AccessGrantKind } from './kinds/access/access-grant.kind.js';
import { AccessRevokeKind } from './kinds/access/access-revoke.kind.js';
import { MinioRevocation } from './kinds/access/minio-revocation.js';
import { Kinds } from './kinds/kinds.js';
import { AccessKeyKind } from './kinds/subjects/access-key.kind.js';
import { BucketKind } from './kinds/subjects/bucket.kind.js';
import { GroupKind } from './kinds/subjects/group.kind.js';
import { MembershipKind } from './kinds/subjects/membership.kind.js';
import { ShareKind } from './kinds/subjects/share.kind.js';
import { UserKind } from './kinds/subjects/user.kind.js';
import { Dispatch } from './queue/dispatch.js';
import { PgBossTransport } from './queue/pg-boss.transport.js';
import { ProvisionWorker } from './queue/provision-worker.js';
import { Runner } from './queue/runner.js';
import { TaskTransport } from './queue/task-transport.js';
import { Claims } from './records/claims.js';
import { Provisions } from './records/provisions.js';
import { ProvisionListsStore } from './records/provision-lists.store.js';
import { ProvisionsStore } from './records/provisions.store.js';
import { UndoKind } from './records/undo.kind.js';
import { RoleAccess } from './roles/role-access.js';
import { RoleChanges } from './roles/role-changes.js';
import { Roles } from './roles/roles.js';
import { RolesController } from './roles/roles.controller.js';
import { RolesStore } from './roles/roles.store.js';

const KINDS = [
  ...[AccessGrantKind, AccessRevokeKind],
  ...[UserKind, GroupKind, MembershipKind, ShareKind, BucketKind, AccessKeyKind],
];

@Module({
  imports: [DiscoveryModule, AccessModule, CredentialsModule, UsersModule, GroupsModule, SharingModule],
  controllers: [ProvisionController, ProvisionsController, RolesController],
  providers: [
    ...[ProvisionsStore, ProvisionListsStore, Provisions, ProvisionScope, Claims, UndoKind],
    ...[RolesStore, Roles, RoleAccess, RoleChanges],
    ...[MinioRevocation, ...KINDS],
    { provide: TaskTransport, useClass: PgBossTransport },
    ...[Kinds, Dispatch, Runner, ProvisionWorker],
  ],
  exports: [Provisions],
})
export class ProvisioningModule {}
