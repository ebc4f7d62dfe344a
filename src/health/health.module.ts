import { Module } from '@nestjs/common';
import { MinioModule } from '../minio/minio.module.js';
import { ProvisioningModule } from '../provisioning/provisioning.module.js';
import { HealthController } from './health.controller.js';

@Module({ imports: [MinioModule, ProvisioningModule], controllers: [HealthController] })
export class HealthModule {}
