import { Module } from '@nestjs/common';
import { BucketVersions } from './bucket-versions.js';
import { Lake } from './lake.js';
import { MinioAdmin } from './minio-admin.js';
import { StoredData } from './stored-data.js';
import { ServerProbes } from './probes/server-probes.js';

@Module({
  providers: [MinioAdmin, Lake, BucketVersions, StoredData, ServerProbes],
  exports: [MinioAdmin, Lake, BucketVersions, StoredData, ServerProbes],
})
export class MinioModule {}
