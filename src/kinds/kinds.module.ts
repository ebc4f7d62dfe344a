import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { CredentialsModule } from '../credentials/credentials.module.js';
import { GroupsModule } from '../groups/groups.module.js';
import { ProvisioningModule } from '../provisioning/provisioning.module.js';
import { RolesModule } from '../roles/roles.module.js';
import { SharingModule } from '../sharing/sharing.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccessGrantKind } from './access/access-grant.kind.js';
import { AccessRevokeKind } from './access/access-revoke.kind.js';
import { MinioRevocation } from './access/minio-revocation.js';
import { ProvisionScope } from './access/provision-scope.js';
import { ProvisionController } from './access/provision.controller.js';
import { AccessKeyKind } from './access-key/access-key.kind.js';
import { KeyClaims } from './access-key/key-claims.js';
import { KeyClaimsController } from './access-key/key-claims.controller.js';
import { BucketChanges } from './storage/bucket-changes.js';
import { BucketKind } from './storage/bucket.kind.js';
import { PrefixKind } from './storage/prefix.kind.js';
import { QuotaKind } from './storage/quota.kind.js';
import { TagsKind } from './storage/tags.kind.js';
import { GroupKind } from './subjects/group.kind.js';
import { MembershipKind } from './subjects/membership.kind.js';
import { ShareKind } from './subjects/share.kind.js';
import { UserKind } from './subjects/user.kind.js';

@Module({
  imports: [
    ...[AccessModule, ProvisioningModule, CredentialsModule],
    ...[UsersModule, GroupsModule, SharingModule, RolesModule],
  ],
  controllers: [ProvisionController, KeyClaimsController],
  providers: [
    ...[AccessGrantKind, AccessRevokeKind, MinioRevocation, ProvisionScope],
    ...[UserKind, GroupKind, MembershipKind, ShareKind],
    ...[BucketKind, PrefixKind, QuotaKind, TagsKind, BucketChanges],
    ...[AccessKeyKind, KeyClaims],
  ],
  exports: [ProvisionScope],
})
export class KindsModule {}
