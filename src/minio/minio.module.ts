import { Module } from '@nestjs/common';
import { BucketVersions } from './bucket-versions.js';
import { BucketSettings } from './buckets/bucket-settings.js';
import { Markers } from './buckets/markers.js';
import { FolderListing } from './folders/folder-listing.js';
import { Lake } from './lake.js';
import { MinioAdmin } from './minio-admin.js';
import { StoredData } from './stored-data.js';
import { ServerProbes } from './probes/server-probes.js';

const PROVIDED = [
  ...[MinioAdmin, Lake, BucketSettings, Markers, BucketVersions, StoredData, ServerProbes],
  FolderListing,
];

@Module({
  providers: [...PROVIDED],
  exports: [...PROVIDED],
})
export class MinioModule {}
