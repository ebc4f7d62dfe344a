import { Module } from '@nestjs/common';
import { MinioModule } from '../minio/minio.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { GrantImport } from './change/grant-import.js';
import { Grants } from './change/grants.js';
import { Expiry } from './change/expiry.js';
import { Memberships } from './change/memberships.js';
import { Removal } from './change/removal.js';
import { Reach } from './change/reach.js';
import { Targets } from './change/targets.js';
import { AccessWriter } from './change/writer.js';
import { DesiredState } from './desired/desired-state.js';
import { AskedStore } from './store/asked.store.js';
import { GrantsStore } from './store/grants.store.js';
import { MembershipsStore } from './store/memberships.store.js';
import { Explain } from './explain/explain.js';
import { ForeignAccess } from './explain/foreign-access.js';
import { OwnAccess } from './explain/own-access.js';
import { UserAccess } from './explain/user-access.js';
import { ReachStore } from './store/reach.store.js';
import { Applier } from './enforce/apply.js';
import { Enforcer } from './enforce/enforcer.js';
import { Leases } from './enforce/leases.js';
import { LeasesStore } from './store/leases.store.js';
import { ProgressStore } from './store/progress.store.js';
import { IssuedStore } from './store/issued.store.js';
import { NodesStore } from './store/nodes.store.js';
import { CatchUp } from './nodes/catch-up.js';
import { NodeWatch } from './nodes/node-watch.js';
import { SubjectsStore } from './store/subjects.store.js';
import { Subjects } from './desired/subjects.js';
import { Worker } from './enforce/worker.js';
import { SweepStore } from './store/sweep.store.js';
import { SubjectCheck } from './sweep/check.js';
import { Drift } from './sweep/drift.js';
import { ForeignRemoval } from './sweep/foreign/removal.js';
import { Reconciler } from './sweep/reconciler.js';
import { Sweep } from './sweep/sweep.js';
import { Sweeper } from './sweep/sweeper.js';

@Module({
  imports: [MinioModule, SecretsModule],
  providers: [
    ...[
      SubjectsStore,
      IssuedStore,
      ProgressStore,
      LeasesStore,
      GrantsStore,
      MembershipsStore,
      AskedStore,
      ReachStore,
    ],
    ...[Subjects, DesiredState],
    ...[Leases, Applier, Enforcer, Worker],
    ...[NodesStore, CatchUp, NodeWatch],
    ...[AccessWriter, Grants, Memberships, Targets, Reach, Removal, Expiry, GrantImport],
    ...[OwnAccess, ForeignAccess, Explain, UserAccess],
    ...[SweepStore, SubjectCheck, Sweep, Drift, ForeignRemoval, Reconciler, Sweeper],
  ],
  exports: [
    ...[Subjects, DesiredState, Enforcer, AccessWriter, Grants, Memberships, Targets, Reach, Removal],
    NodeWatch,
    ...[Explain, UserAccess, ForeignAccess, GrantImport, Drift, Reconciler, MinioModule, SecretsModule],
  ],
})
export class AccessModule {}
