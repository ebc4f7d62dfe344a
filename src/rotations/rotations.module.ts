import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { DataProductsModule } from '../data-products/data-products.module.js';
import { ProvisioningModule } from '../provisioning/provisioning.module.js';
import { RotationsController } from './http/rotations.controller.js';
import { OldRotations } from './old-rotations.js';
import { RotateAllKind } from './rotate-all.kind.js';
import { Rotations } from './rotations.js';
import { RotationsStore } from './rotations.store.js';
import { Step } from './step.js';
import { StepsStore } from './steps.store.js';

@Module({
  imports: [AccessModule, DataProductsModule, ProvisioningModule],
  controllers: [RotationsController],
  providers: [RotationsStore, StepsStore, Step, RotateAllKind, Rotations, OldRotations],
  exports: [Rotations],
})
export class RotationsModule {}
