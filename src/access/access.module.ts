import { Module } from '@nestjs/common';
import { MinioModule } from '../minio/minio.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { Applier } from './apply.js';
import { Enforcer } from './enforcer.js';
import { Leases } from './leases.js';
import { LeasesStore } from './leases.store.js';
import { SubjectsStore } from './subjects.store.js';
import { Worker } from './worker.js';

@Module({
  imports: [MinioModule, SecretsModule],
  providers: [SubjectsStore, LeasesStore, Leases, Applier, Enforcer, Worker],
  exports: [SubjectsStore, Enforcer, MinioModule, SecretsModule],
})
export class AccessModule {}
