import { Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { AccessModule } from '../access/access.module.js';
import { GroupsModule } from '../groups/groups.module.js';
import { UsersModule } from '../users/users.module.js';
import { DiscoveryController } from './discovery.controller.js';
import { ScimGroupsController } from './groups/scim-groups.controller.js';
import { ScimGroups } from './groups/scim-groups.js';
import { adaptRoutes } from './routes.js';
import { ScimStore } from './scim.store.js';
import { ScimUsersController } from './users/scim-users.controller.js';
import { ScimUsers } from './users/scim-users.js';

/** SCIM 2.0 for the directory of an organization. Imported only if a service token has the scope `scim`. */
@Module({
  imports: [AccessModule, GroupsModule, UsersModule],
  controllers: [DiscoveryController, ScimUsersController, ScimGroupsController],
  providers: [ScimStore, ScimUsers, ScimGroups],
})
export class ScimModule {
  constructor(host: HttpAdapterHost) {
    adaptRoutes(host.httpAdapter.getInstance<FastifyInstance>());
  }
}
