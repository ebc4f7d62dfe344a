import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { ProvisioningModule } from '../provisioning/provisioning.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { Engine } from './engine/engine.js';
import { Parts } from './engine/parts.js';
import { WorkflowKind } from './engine/workflow.kind.js';
import { ExecuteController } from './http/execute.controller.js';
import { WorkflowsController } from './http/workflows.controller.js';
import { Offers } from './runs/offers.js';
import { Planning } from './runs/planning.js';
import { RunActions } from './runs/run-actions.js';
import { Runs } from './runs/runs.js';
import { RunsStore } from './runs/runs.store.js';
import { StepsStore } from './runs/steps.store.js';
import { Teams } from './runs/teams.js';

@Module({
  imports: [AccessModule, ProvisioningModule, ProvidersModule],
  controllers: [WorkflowsController, ExecuteController],
  providers: [
    ...[RunsStore, StepsStore, Runs, RunActions, Teams, Offers, Planning],
    ...[Engine, Parts, WorkflowKind],
  ],
})
export class WorkflowsModule {}
