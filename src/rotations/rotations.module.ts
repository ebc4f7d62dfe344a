import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { ProvisioningModule } from '../provisioning/provisioning.module.js';
import { RotateAllKind } from './rotate-all.kind.js';
import { Rotations } from './rotations.js';
import { RotationsController } from './rotations.controller.js';
import { RotationsStore } from './rotations.store.js';
import { Step } from './step.js';
import { StepsStore } from './steps.store.js';

@Module({
  imports: [AccessModule, ProvisioningModule],
  controllers: [RotationsController],
  providers: [RotationsStore, StepsStore, Step, RotateAllKind, Rotations],
})
export class RotationsModule {}
