import { Module } from '@nestjs/common';
import { MinioModule } from '../minio/minio.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { GrantImport } from './changes/grant-import.js';
import { Grants } from './grants/grants.js';
import { Expiry } from './changes/expiry.js';
import { MemberGrants } from './grants/member-grants.js';
import { MemberPlacesStore } from './grants/member-places.store.js';
import { OwnChanges } from './changes/own-changes.js';
import { Touched } from './memberships/touched.js';
import { Memberships } from './memberships/memberships.js';
import { SubjectRemoval } from './changes/subject-removal.js';
import { EffectiveAccess } from './grants/effective-access.js';
import { Targets } from './subjects/targets.js';
import { Mutations } from './changes/mutations.js';
import { AccessWriter } from './changes/writer.js';
import { DesiredState } from './desired/desired-state.js';
import { AskedStore } from './memberships/asked.store.js';
import { GrantLookupsStore } from './grants/grant-lookups.store.js';
import { GrantsStore } from './grants/grants.store.js';
import { WaitingShares } from './grants/waiting-shares.js';
import { WaitingSharesStore } from './grants/waiting-shares.store.js';
import { AwaitedUsers } from './subjects/new-subject.store.js';
import { MembershipsStore } from './memberships/memberships.store.js';
import { Explain } from './explain/explain.js';
import { ForeignAccess } from './explain/foreign-access.js';
import { OwnAccess } from './explain/own-access.js';
import { UserAccess } from './explain/user-access.js';
import { ReachStore } from './explain/reach.store.js';
import { Applier } from './enforce/apply.js';
import { Comparer } from './enforce/comparer.js';
import { Enforcer } from './enforce/enforcer.js';
import { SubjectEnforcer } from './enforce/subject-enforcer.js';
import { Leases } from './leases/leases.js';
import { SharedRounds } from './leases/shared-rounds.js';
import { LeasesStore } from './leases/leases.store.js';
import { DueStore } from './enforce/due.store.js';
import { ProgressStore } from './enforce/progress.store.js';
import { IssuedStore } from './subjects/issued.store.js';
import { NodesStore } from './enforce/nodes.store.js';
import { CatchUp } from './nodes/catch-up.js';
import { NodeWatch } from './nodes/node-watch.js';
import { SubjectsStore } from './subjects/subjects.store.js';
import { Subjects } from './subjects/subjects.js';
import { EnforcementWorker } from './changes/enforcement-worker.js';
import { SweepStore } from './drift/sweep.store.js';
import { SubjectCheck } from './drift/check.js';
import { Drift } from './drift/drift.js';
import { ForeignRemoval } from './drift/foreign/removal.js';
import { DriftRepair } from './drift/drift-repair.js';
import { Sweep } from './drift/sweep.js';
import { Sweeper } from './drift/sweeper.js';

@Module({
  imports: [MinioModule, SecretsModule],
  providers: [
    ...[
      SubjectsStore,
      IssuedStore,
      DueStore,
      ProgressStore,
      LeasesStore,
      GrantsStore,
      GrantLookupsStore,
      WaitingSharesStore,
      MembershipsStore,
      MemberPlacesStore,
      AskedStore,
      ReachStore,
    ],
    ...[Subjects, WaitingShares, { provide: AwaitedUsers, useExisting: WaitingShares }, DesiredState],
    ...[Leases, SharedRounds, Comparer, Applier, Enforcer, SubjectEnforcer, EnforcementWorker],
    ...[NodesStore, CatchUp, NodeWatch],
    ...[AccessWriter, OwnChanges, Mutations, Grants, Memberships, Touched, MemberGrants],
    ...[Targets, EffectiveAccess],
    ...[SubjectRemoval, Expiry, GrantImport],
    ...[OwnAccess, ForeignAccess, Explain, UserAccess],
    ...[SweepStore, SubjectCheck, Sweep, Drift, ForeignRemoval, DriftRepair, Sweeper],
  ],
  exports: [
    ...[
      Subjects,
      DesiredState,
      Enforcer,
      SubjectEnforcer,
      AccessWriter,
      Mutations,
      Grants,
      WaitingShares,
      Memberships,
      Targets,
      EffectiveAccess,
      SubjectRemoval,
    ],
    NodeWatch,
    SharedRounds,
    ...[
      Explain,
      UserAccess,
      ForeignAccess,
      GrantImport,
      Drift,
      DriftRepair,
      ForeignRemoval,
      MinioModule,
      SecretsModule,
    ],
  ],
})
export class AccessModule {}
