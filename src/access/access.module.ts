import { Module } from '@nestjs/common';
import { MinioModule } from '../minio/minio.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { Applier } from './apply.js';
import { Enforcer } from './enforcer.js';
import { Leases } from './leases.js';
import { LeasesStore } from './store/leases.store.js';
import { ProgressStore } from './store/progress.store.js';
import { SessionKeysStore } from './store/session-keys.store.js';
import { SubjectsStore } from './store/subjects.store.js';
import { Subjects } from './subjects.js';
import { Worker } from './worker.js';

@Module({
  imports: [MinioModule, SecretsModule],
  providers: [
    SubjectsStore,
    SessionKeysStore,
    ProgressStore,
    LeasesStore,
    Leases,
    Subjects,
    Applier,
    Enforcer,
    Worker,
  ],
  exports: [Subjects, Enforcer, MinioModule, SecretsModule],
})
export class AccessModule {}
