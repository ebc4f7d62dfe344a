import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { EventsModule } from '../events/events.module.js';
import { GovernanceModule } from '../governance/governance.module.js';
import { PlansModule } from '../plans/plans.module.js';
import { ProvisioningModule } from '../provisioning/provisioning.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { TargetsModule } from '../targets/targets.module.js';
import { Engine } from './engine/engine.js';
import { Parts } from './engine/parts.js';
import { ResourceUndo } from './engine/resource-undo.js';
import { Wholes } from './engine/wholes.js';
import { WorkflowKind } from './engine/workflow.kind.js';
import { ExecuteController } from './http/execute.controller.js';
import { LogsController } from './http/logs.controller.js';
import { WorkflowsController } from './http/workflows.controller.js';
import { ApprovalKind } from './approvals/approval.kind.js';
import { Approvals } from './approvals/approvals.js';
import { Approvers } from './approvals/approvers.js';
import { ApprovalsStore } from './approvals/approvals.store.js';
import { Gate } from './approvals/gate.js';
import { ApprovalsController } from './http/approvals.controller.js';
import { EventKind } from './events/event.kind.js';
import { EventPlans } from './events/event-plans.js';
import { ResourceEvents } from './events/resource-events.js';
import { TriggeredRunKind } from './events/triggered-run.kind.js';
import { LogStore } from './logs/log.store.js';
import { LogStreams } from './logs/log-streams.js';
import { RunLogs } from './logs/run-logs.js';
import { Offers } from './plan/offers.js';
import { Planning } from './plan/planning.js';
import { Rulings } from './plan/rulings.js';
import { ScoreResources } from './plan/score-resources.js';
import { StepPlans } from './plan/step-plans.js';
import { TakenNamesStore } from './plan/taken-names.store.js';
import { Quotas } from './quotas/quotas.js';
import { QuotasStore } from './quotas/quotas.store.js';
import { ResourcesController } from './http/resources.controller.js';
import { Deletions } from './resources/deletions.js';
import { Resources } from './resources/resources.js';
import { ResourceStates } from './resources/resource-states.js';
import { ResourcesStore } from './resources/resources.store.js';
import { OrderedRunKind } from './ordered/ordered-run.kind.js';
import { OrderedRuns } from './ordered/ordered-runs.js';
import { RunListsStore } from './runs/run-lists.store.js';
import { RunProvisions } from './runs/run-provisions.js';
import { ProofController } from './proof/proof.controller.js';
import { Receipts } from './proof/receipts.js';
import { ReceiptsStore } from './proof/receipts.store.js';
import { Verification } from './proof/verification.js';
import { RunActions } from './runs/run-actions.js';
import { Runs } from './runs/runs.js';
import { RunsStore } from './runs/runs.store.js';
import { StepsStore } from './runs/steps.store.js';
import { Teams } from './runs/teams.js';

@Module({
  imports: [
    AccessModule,
    EventsModule,
    GovernanceModule,
    PlansModule,
    ProvisioningModule,
    ProvidersModule,
    SecretsModule,
    TargetsModule,
  ],
  controllers: [
    ...[WorkflowsController, ExecuteController, ApprovalsController],
    ...[LogsController, ResourcesController, ProofController],
  ],
  providers: [
    ...[RunsStore, RunListsStore, StepsStore, Runs, RunActions, RunProvisions, Teams],
    ...[Offers, Planning, StepPlans, Rulings, TakenNamesStore, Quotas, QuotasStore],
    ...[Resources, ResourceStates, ResourcesStore, ScoreResources, Deletions],
    ...[ApprovalsStore, Approvals, Approvers, Gate, ApprovalKind],
    ...[Engine, Parts, ResourceUndo, Wholes, WorkflowKind],
    ...[OrderedRuns, OrderedRunKind],
    ...[EventPlans, EventKind, TriggeredRunKind, ResourceEvents],
    ...[LogStore, RunLogs, LogStreams],
    ...[Receipts, ReceiptsStore, Verification],
  ],
})
export class WorkflowsModule {}
