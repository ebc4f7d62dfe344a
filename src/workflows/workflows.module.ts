import { Module } from '@nestjs/common';
import { ProvisioningModule } from '../provisioning/provisioning.module.js';
import { Engine } from './engine/engine.js';
import { Parts } from './engine/parts.js';
import { WorkflowKind } from './engine/workflow.kind.js';
import { RunsStore } from './runs/runs.store.js';
import { StepsStore } from './runs/steps.store.js';

@Module({
  imports: [ProvisioningModule],
  providers: [...[RunsStore, StepsStore], ...[Engine, Parts, WorkflowKind]],
})
export class WorkflowsModule {}
