import { Module } from '@nestjs/common';
import { ProvisioningModule } from '../provisioning/provisioning.module.js';
import { DeliveriesStore } from './deliveries.store.js';
import { MailKind } from './mail.kind.js';
import { Notifications } from './notifications.js';
import { WebhookKind } from './webhook.kind.js';

@Module({
  imports: [ProvisioningModule],
  providers: [DeliveriesStore, WebhookKind, MailKind, Notifications],
  exports: [Notifications],
})
export class NotificationsModule {}
