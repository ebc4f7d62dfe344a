import { Module } from '@nestjs/common';
import { Lake } from './lake.js';
import { MinioAdmin } from './minio-admin.js';
import { StoredData } from './stored-data.js';
import { ServerProbes } from './probes/server-probes.js';

@Module({
  providers: [MinioAdmin, Lake, StoredData, ServerProbes],
  exports: [MinioAdmin, Lake, StoredData, ServerProbes],
})
export class MinioModule {}
