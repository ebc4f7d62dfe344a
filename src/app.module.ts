import { type DynamicModule, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { AccessModule } from './access/access.module.js';
import { AdoptionModule } from './adoption/adoption.module.js';
import { AuditModule } from './audit/audit.module.js';
import { StatisticsModule } from './statistics/statistics.module.js';
import { AuthModule } from './auth/auth.module.js';
import { loggerOptions } from './common/logging.js';
import { AppConfig } from './config/app-config.js';
import { ConfigModule } from './config/config.module.js';
import { CredentialsModule } from './credentials/credentials.module.js';
import { DataProductsModule } from './data-products/data-products.module.js';
import { DatabaseModule } from './database/database.module.js';
import { DoctorModule } from './doctor/doctor.module.js';
import { DriftModule } from './drift/drift.module.js';
import { GroupsModule } from './groups/groups.module.js';
import { LeaversModule } from './leavers/leavers.module.js';
import { HealthModule } from './health/health.module.js';
import { KbaseCompatModule } from './kbase-compat/kbase-compat.module.js';
import { KindsModule } from './kinds/kinds.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { NotificationsModule } from './notifications/notifications.module.js';
import { ScimModule } from './scim/scim.module.js';
import { PageModule } from './page/page.module.js';
import { PlansModule } from './plans/plans.module.js';
import { ProvidersModule } from './providers/providers.module.js';
import { ProvisioningModule } from './provisioning/provisioning.module.js';
import { RolesModule } from './roles/roles.module.js';
import { RotationsModule } from './rotations/rotations.module.js';
import { SharingModule } from './sharing/sharing.module.js';
import { StepsModule } from './steps/steps.module.js';
import { UsersModule } from './users/users.module.js';
import { WorkflowsModule } from './workflows/workflows.module.js';

/** The whole service. */
@Module({
  imports: [
    ConfigModule,
    LoggerModule.forRootAsync({
      inject: [AppConfig],
      useFactory: (config: AppConfig) => loggerOptions(config.logLevel),
    }),
    DatabaseModule,
    AuthModule,
    AccessModule,
    ProvisioningModule,
    NotificationsModule,
    CredentialsModule,
    UsersModule,
    GroupsModule,
    SharingModule,
    RolesModule,
    KindsModule,
    StepsModule,
    ProvidersModule,
    DataProductsModule,
    AdoptionModule,
    RotationsModule,
    WorkflowsModule,
    PlansModule,
    DriftModule,
    LeaversModule,
    DoctorModule,
    AuditModule,
    StatisticsModule,
    HealthModule,
    MetricsModule,
  ],
})
export class AppModule {
  /** The same, with the optional modules that the configuration asks for. */
  static with({
    kbaseCompat,
    page,
    serviceTokens,
  }: Pick<AppConfig, 'kbaseCompat' | 'page' | 'serviceTokens'>): DynamicModule {
    const hasDirectory = serviceTokens.some(({ scopes }) => scopes.includes('scim'));
    const imports = [
      ...(kbaseCompat ? [KbaseCompatModule.with(kbaseCompat)] : []),
      ...(page ? [PageModule] : []),
      ...(hasDirectory ? [ScimModule] : []),
    ];
    return { module: AppModule, imports };
  }
}
