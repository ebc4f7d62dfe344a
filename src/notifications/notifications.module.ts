import { Module } from '@nestjs/common';
import { ProvisioningModule } from '../provisioning/provisioning.module.js';
import { CallbackKind } from './callbacks/callback.kind.js';
import { Callbacks } from './callbacks/callbacks.js';
import { DeliveriesStore } from './deliveries.store.js';
import { MailKind } from './mail.kind.js';
import { Notifications } from './notifications.js';
import { WebhookKind } from './webhook.kind.js';

@Module({
  imports: [ProvisioningModule],
  providers: [DeliveriesStore, WebhookKind, MailKind, Notifications, CallbackKind, Callbacks],
  exports: [Notifications, Callbacks],
})
export class NotificationsModule {}
