import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { Flood } from '../auth/flood.js';
import { AppConfig } from '../config/app-config.js';
import { CredentialsModule } from '../credentials/credentials.module.js';
import { DeletionsModule } from '../deletions/deletions.module.js';
import { EventsModule } from '../events/events.module.js';
import { ProvisioningModule } from '../provisioning/provisioning.module.js';
import { TargetsModule } from '../targets/targets.module.js';
import { PortalClient } from './portal/portal.client.js';
import { DataProductsController } from './products/data-products.controller.js';
import { DataProductsStore } from './products/data-products.store.js';
import { ProductClaims } from './products/product-claims.js';
import { ProductOutcomes } from './products/product-outcomes.js';
import { ProductOwners } from './products/product-owners.js';
import { ProductReader } from './products/product-reader.js';
import { Admission } from './receiver/admission.js';
import { DeliveriesStore } from './receiver/deliveries.store.js';
import { StandaloneProjection } from './receiver/standalone-projection.js';
import { DeliveryProvisions } from './receiver/delivery-provisions.js';
import { Intake } from './receiver/intake.js';
import { Receiver } from './receiver/receiver.js';
import { WebhooksController } from './receiver/webhooks.controller.js';
import { FollowUps } from './reconcile/follow-ups.js';
import { PortalSource } from './reconcile/portal-source.js';
import { ProductSource } from './reconcile/product-source.js';
import { ConsumersKind, ReconcileKind, ResyncKind } from './reconcile/reconcile.kinds.js';
import { ProductReconciler } from './reconcile/reconciler.js';
import { Resync } from './reconcile/resync.js';
import { StandaloneSource } from './reconcile/standalone-source.js';
import { Absence } from './removal/absence.js';
import { MissingStore } from './removal/missing.store.js';
import { ProductData } from './removal/product-data.js';
import { ProductRemoval } from './removal/product-removal.js';
import { RemovalConfirmation } from './removal/removal-confirmation.js';
import { DatabaseLoginController } from './schemas/database-login.controller.js';
import { ProductLogins } from './schemas/product-logins.js';
import { ProductSchemas } from './schemas/product-schemas.js';
import { ProductServer } from './schemas/product-server.js';
import { SchemaExaminer } from './schemas/schema-health.js';
import { SchemaRemoval } from './schemas/schema-removal.js';
import { ShownLogins } from './schemas/shown-logins.js';
import { ClaimedKeys } from './upkeep/claimed-keys.js';
import { ScheduledReconciles } from './upkeep/scheduled-reconciles.js';
import { Prefixes } from './upkeep/prefixes.js';
import { ProductAccess } from './upkeep/product-access.js';
import { ProductMaking } from './upkeep/product-making.js';
import { Projects } from './upkeep/projects.js';
import { Upkeep } from './upkeep/upkeep.js';
import { DesiredProducts } from './upkeep/desired-products.js';
import { PortalWatch } from './watch/portal-watch.js';
import { PortalWatchStore } from './watch/portal-watch.store.js';

@Module({
  imports: [
    AccessModule,
    CredentialsModule,
    DeletionsModule,
    EventsModule,
    ProvisioningModule,
    TargetsModule,
  ],
  controllers: [WebhooksController, DataProductsController, DatabaseLoginController],
  providers: [
    ...[DataProductsStore, ProductOutcomes, ProductReader, ProductOwners, ProductClaims],
    ...[DeliveriesStore, Admission, StandaloneProjection, Flood, DeliveryProvisions, Intake, Receiver],
    ...[ClaimedKeys, Prefixes, ProductAccess, ProductMaking, Projects, Upkeep, DesiredProducts],
    ...[ProductServer, ProductLogins, ShownLogins, ProductSchemas, SchemaRemoval, SchemaExaminer],
    ...[ProductReconciler, FollowUps, Resync, ScheduledReconciles],
    ...[
      MissingStore,
      ProductData,
      ProductRemoval,
      Absence,
      RemovalConfirmation,
      PortalWatchStore,
      PortalWatch,
    ],
    ...[ReconcileKind, ConsumersKind, ResyncKind],
    {
      provide: ProductSource,
      inject: [AppConfig, DataProductsStore],
      useFactory: (
        { products: { portal, postgres } }: AppConfig,
        products: DataProductsStore,
      ): ProductSource =>
        portal
          ? new PortalSource(
              new PortalClient({ baseUrl: portal.url, ...(portal.key ? { key: portal.key } : {}) }),
              postgres?.makesPorts === true,
            )
          : new StandaloneSource(products),
    },
  ],
  exports: [ProductSource, PortalWatch, Projects, SchemaExaminer],
})
export class DataProductsModule {}
