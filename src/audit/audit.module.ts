import { Module } from '@nestjs/common';
import { AuditController } from './audit.controller.js';
import { AuditStore } from './audit.store.js';

@Module({ controllers: [AuditController], providers: [AuditStore] })
export class AuditModule {}
