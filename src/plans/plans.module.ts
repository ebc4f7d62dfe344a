import { Module } from '@nestjs/common';
import { KindsModule } from '../kinds/kinds.module.js';
import { NotificationsModule } from '../notifications/notifications.module.js';
import { ProvisioningModule } from '../provisioning/provisioning.module.js';
import { Engine } from './engine/engine.js';
import { Parts } from './engine/parts.js';
import { PlanKind } from './engine/plan.kind.js';
import { PlansController } from './http/plans.controller.js';
import { OrderPlans } from './records/order-plans.js';
import { OrderPlansStore } from './records/order-plans.store.js';
import { PlanActions } from './records/plan-actions.js';
import { PlanChecks } from './records/plan-checks.js';
import { PlanItemsStore } from './records/plan-items.store.js';

@Module({
  imports: [ProvisioningModule, KindsModule, NotificationsModule],
  controllers: [PlansController],
  providers: [
    ...[OrderPlansStore, PlanItemsStore, OrderPlans, PlanChecks, PlanActions],
    ...[Engine, Parts, PlanKind],
  ],
  exports: [OrderPlans],
})
export class PlansModule {}
