import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { GroupsModule } from '../groups/groups.module.js';
import { NotificationsModule } from '../notifications/notifications.module.js';
import { GranteesController } from './grantees/grantees.controller.js';
import { GranteesStore } from './grantees/grantees.store.js';
import { UserAccessController } from './questions/user-access.controller.js';
import { AccessQuestionsController } from './questions/access-questions.controller.js';
import { AccessRequests } from './requests/access-requests.js';
import { AccessRequestsController } from './requests/access-requests.controller.js';
import { AccessRequestsStore } from './requests/access-requests.store.js';
import { Requested } from './requests/requested.js';
import { PastVersions } from './past-versions.js';
import { SharesController } from './questions/shares.controller.js';
import { SharesReader } from './questions/shares-reader.js';
import { Sharing } from './sharing.js';
import { StillReachable } from './still-reachable.js';
import { SharingController } from './sharing.controller.js';

@Module({
  imports: [AccessModule, GroupsModule, NotificationsModule],
  controllers: [
    SharesController,
    SharingController,
    AccessQuestionsController,
    UserAccessController,
    AccessRequestsController,
    GranteesController,
  ],
  providers: [
    Sharing,
    PastVersions,
    StillReachable,
    SharesReader,
    AccessRequests,
    Requested,
    AccessRequestsStore,
    GranteesStore,
  ],
  exports: [Sharing, PastVersions],
})
export class SharingModule {}
