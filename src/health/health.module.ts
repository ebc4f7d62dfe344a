import { Module } from '@nestjs/common';
import { MinioModule } from '../minio/minio.module.js';
import { HealthController } from './health.controller.js';

@Module({ imports: [MinioModule], controllers: [HealthController] })
export class HealthModule {}
