import { Module } from '@nestjs/common';
import { Lake } from './lake.js';
import { MinioAdmin } from './minio-admin.js';
import { ServerProbes } from './server-probes.js';

@Module({ providers: [MinioAdmin, Lake, ServerProbes], exports: [MinioAdmin, Lake, ServerProbes] })
export class MinioModule {}
