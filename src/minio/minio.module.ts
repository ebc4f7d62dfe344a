import { Module } from '@nestjs/common';
import { Lake } from './lake.js';
import { MinioAdmin } from './minio-admin.js';
import { PrefixData } from './prefix-data.js';
import { ServerProbes } from './server-probes.js';

@Module({
  providers: [MinioAdmin, Lake, PrefixData, ServerProbes],
  exports: [MinioAdmin, Lake, PrefixData, ServerProbes],
})
export class MinioModule {}
