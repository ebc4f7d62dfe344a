import { Module } from '@nestjs/common';
import { MinioModule } from '../minio/minio.module.js';
import { HealthController } from './health.controller.js';
import { HealthStore } from './health.store.js';

@Module({ imports: [MinioModule], controllers: [HealthController], providers: [HealthStore] })
export class HealthModule {}
