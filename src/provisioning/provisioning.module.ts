import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AppConfig } from '../config/app-config.js';
import { CountsStore } from './gauges/counts.store.js';
import { ProvisionGauges } from './gauges/provision-gauges.js';
import { ProvisionsController } from './http/provisions.controller.js';
import { Kinds } from './kinds/kinds.js';
import { AmqpTransport } from './queue/broker/amqp.transport.js';
import { Broker } from './queue/broker/broker.js';
import { Dispatch } from './queue/dispatch.js';
import { Jobs } from './queue/jobs/jobs.js';
import { PgBossTransport } from './queue/jobs/pg-boss.transport.js';
import { NextStore } from './queue/next.store.js';
import { ProvisionWorker } from './queue/provision-worker.js';
import { Runner } from './queue/runner.js';
import { RunsStore } from './queue/runs.store.js';
import { StalledStore } from './queue/stalled.store.js';
import { TaskTransport } from './queue/task-transport.js';
import { AcceptOnce } from './records/accept-once.js';
import { AcceptOnceStore } from './records/accept-once.store.js';
import { MadeBuckets } from './records/made-buckets.js';
import { ProvisionActions } from './records/provision-actions.js';
import { Provisions } from './records/provisions.js';
import { ProvisionListsStore } from './records/provision-lists.store.js';
import { ProvisionsStore } from './records/provisions.store.js';
import { UndoKind } from './records/undo.kind.js';
import { Waits } from './records/waits.js';
import { WaitsStore } from './records/waits.store.js';

@Module({
  imports: [DiscoveryModule],
  controllers: [ProvisionsController],
  providers: [
    ...[ProvisionsStore, ProvisionListsStore, AcceptOnceStore, WaitsStore, MadeBuckets],
    ...[Provisions, AcceptOnce, ProvisionActions, Waits, UndoKind],
    {
      provide: TaskTransport,
      inject: [Jobs, Broker, RunsStore, AppConfig],
      useFactory: (jobs: Jobs, broker: Broker, runs: RunsStore, config: AppConfig): TaskTransport =>
        config.amqp ? new AmqpTransport(jobs, broker, runs, config) : new PgBossTransport(jobs),
    },
    ...[CountsStore, ProvisionGauges],
    ...[Jobs, Broker, Kinds, Dispatch, NextStore, RunsStore, StalledStore, Runner, ProvisionWorker],
  ],
  exports: [Provisions, AcceptOnce, ProvisionActions, Waits, Kinds, MadeBuckets, Broker],
})
export class ProvisioningModule {}
