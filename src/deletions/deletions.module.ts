import { Module } from '@nestjs/common';
import { MinioModule } from '../minio/minio.module.js';
import { DeletionWorker } from './deletion-worker.js';
import { Deletions } from './deletions.js';
import { DeletionsController } from './deletions.controller.js';
import { DeletionsStore } from './deletions.store.js';

@Module({
  imports: [MinioModule],
  controllers: [DeletionsController],
  providers: [DeletionsStore, DeletionWorker, Deletions],
  exports: [Deletions],
})
export class DeletionsModule {}
