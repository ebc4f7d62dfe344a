import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { Flood } from '../auth/flood.js';
import { GovernanceModule } from '../governance/governance.module.js';
import { ProvisioningModule } from '../provisioning/provisioning.module.js';
import { Catalogue } from './catalogue/catalogue.js';
import { CompiledVersions } from './catalogue/compiled-versions.js';
import { AdminProvidersController } from './http/admin-providers.controller.js';
import { CatalogueController } from './http/catalogue.controller.js';
import { GitWebhookController } from './http/git-webhook.controller.js';
import { ProvidersController } from './http/providers.controller.js';
import { FolderProviders } from './loading/folder-providers.js';
import { ProviderLoads } from './loading/provider-loads.js';
import { ProviderReader } from './loading/provider-reader.js';
import { Registrations } from './loading/registrations.js';
import { Reload } from './loading/reload.js';
import { ProvidersStore } from './providers.store.js';
import { GitWebhook } from './reloads/git-webhook.js';
import { ProviderReloadKind } from './reloads/provider-reload.kind.js';
import { ScheduledReloads } from './reloads/scheduled-reloads.js';

@Module({
  imports: [AccessModule, GovernanceModule, ProvisioningModule],
  controllers: [ProvidersController, AdminProvidersController, CatalogueController, GitWebhookController],
  providers: [
    ...[ProvidersStore, CompiledVersions, Catalogue],
    ...[ProviderReader, ProviderLoads, FolderProviders, Reload, Registrations],
    ...[ProviderReloadKind, ScheduledReloads, GitWebhook, Flood],
  ],
  exports: [Catalogue],
})
export class ProvidersModule {}
