import { Module } from '@nestjs/common';
import { ProvisioningModule } from '../provisioning/provisioning.module.js';
import { Events } from './events.js';
import { EventsStore } from './events.store.js';

@Module({
  imports: [ProvisioningModule],
  providers: [Events, EventsStore],
  exports: [Events],
})
export class EventsModule {}
