import { Module } from '@nestjs/common';
import { Lake } from './lake.js';
import { MinioAdmin } from './minio-admin.js';

@Module({ providers: [MinioAdmin, Lake], exports: [MinioAdmin, Lake] })
export class MinioModule {}
