import { type DynamicModule, Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { AccessModule } from '../access/access.module.js';
import type { AppConfig } from '../config/app-config.js';
import { CredentialsModule } from '../credentials/credentials.module.js';
import { DriftModule } from '../drift/drift.module.js';
import { GroupsModule } from '../groups/groups.module.js';
import { RotationsModule } from '../rotations/rotations.module.js';
import { SharingModule } from '../sharing/sharing.module.js';
import { UsersModule } from '../users/users.module.js';
import { KbaseCredentialsController } from './credentials/credentials.controller.js';
import { KbaseHealthController } from './credentials/health.controller.js';
import { KbaseGroups } from './groups/kbase-groups.js';
import { ListedStore } from './groups/listed.store.js';
import { MemberChanges } from './groups/member-changes.js';
import { GroupLifecycle } from './management/group-lifecycle.js';
import { KbaseGroupsController } from './management/groups.controller.js';
import { MigrationController } from './management/migration.controller.js';
import { KbaseRotationController } from './management/rotation.controller.js';
import { KbaseUsersController } from './management/users.controller.js';
import { Polaris } from './polaris/polaris.js';
import { PolarisController } from './polaris/polaris.controller.js';
import { adaptRoutes } from './routes.js';
import { KbaseSharingController } from './sharing/sharing.controller.js';
import { KbaseShares } from './sharing/shares.js';
import { StewardsController } from './tenants/stewards.controller.js';
import { TenantReader } from './tenants/tenant-reader.js';
import { TenantsController } from './tenants/tenants.controller.js';
import { WorkspaceReader } from './workspaces/workspace-reader.js';
import { WorkspacesController } from './workspaces/workspaces.controller.js';

const CONTROLLERS = [
  ...[KbaseHealthController, KbaseCredentialsController, WorkspacesController, KbaseSharingController],
  ...[KbaseUsersController, KbaseGroupsController, MigrationController, KbaseRotationController],
  ...[TenantsController, StewardsController],
];

/** KBase's API on our use cases. Imported only if it is on. */
@Module({})
export class KbaseCompatModule {
  constructor(host: HttpAdapterHost) {
    adaptRoutes(host.httpAdapter.getInstance<FastifyInstance>());
  }

  static with({ polarisUrl }: NonNullable<AppConfig['kbaseCompat']>): DynamicModule {
    return {
      module: KbaseCompatModule,
      imports: [
        ...[AccessModule, CredentialsModule, DriftModule, GroupsModule],
        ...[RotationsModule, SharingModule, UsersModule],
      ],
      controllers: [...CONTROLLERS, ...(polarisUrl === undefined ? [] : [PolarisController])],
      providers: [
        ...[ListedStore, KbaseGroups, MemberChanges, GroupLifecycle],
        ...[WorkspaceReader, KbaseShares, TenantReader, Polaris],
      ],
    };
  }
}
