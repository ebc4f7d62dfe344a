import { Module } from '@nestjs/common';
import { MinioModule } from '../minio/minio.module.js';
import { ProvisioningModule } from '../provisioning/provisioning.module.js';
import { DataDeletionKind } from './data-deletion.kind.js';
import { Deletions } from './deletions.js';
import { DeletionsController } from './deletions.controller.js';
import { DeletionsStore } from './deletions.store.js';

@Module({
  imports: [MinioModule, ProvisioningModule],
  controllers: [DeletionsController],
  providers: [DeletionsStore, DataDeletionKind, Deletions],
  exports: [Deletions],
})
export class DeletionsModule {}
