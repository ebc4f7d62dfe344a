import { Module } from '@nestjs/common';
import { DataProductsModule } from '../data-products/data-products.module.js';
import { MinioModule } from '../minio/minio.module.js';
import { ProvisioningModule } from '../provisioning/provisioning.module.js';
import { DoctorController } from './doctor.controller.js';
import { Doctor } from './doctor.js';
import { GroupsModule } from '../groups/groups.module.js';
import { NotificationsModule } from '../notifications/notifications.module.js';
import { HubLogin } from '../page/login/jupyterhub/hub-login.js';
import { OidcLogin } from '../page/login/oidc/oidc-login.js';
import { DatabaseChecks } from './checks/database-checks.js';
import { HoleChecks } from './checks/minio/hole-checks.js';
import { LeaversModule } from '../leavers/leavers.module.js';
import { LeaverChecks } from './checks/leaver-checks.js';
import { LoginChecks } from './checks/login-checks.js';
import { MinioChecks } from './checks/minio/minio-checks.js';
import { NotificationChecks } from './checks/notification-checks.js';
import { LoginTrials } from './checks/page/login-trials.js';
import { PageChecks } from './checks/page/page-checks.js';
import { PeopleChecks } from './checks/people-checks.js';
import { PortalChecks } from './checks/portal-checks.js';
import { ServiceChecks } from './checks/service-checks.js';
import { VersionChecks } from './checks/minio/version-checks.js';

@Module({
  imports: [
    MinioModule,
    DataProductsModule,
    GroupsModule,
    LeaversModule,
    NotificationsModule,
    ProvisioningModule,
  ],
  controllers: [DoctorController],
  providers: [
    Doctor,
    MinioChecks,
    HoleChecks,
    VersionChecks,
    ServiceChecks,
    ...[PeopleChecks, PageChecks, LoginTrials, OidcLogin, HubLogin],
    DatabaseChecks,
    LoginChecks,
    LeaverChecks,
    NotificationChecks,
    PortalChecks,
  ],
})
export class DoctorModule {}
