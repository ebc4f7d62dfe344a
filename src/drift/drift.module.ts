import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { DriftController } from './drift.controller.js';
import { DriftRequests } from './drift-requests.js';

@Module({
  imports: [AccessModule],
  controllers: [DriftController],
  providers: [DriftRequests],
  exports: [DriftRequests],
})
export class DriftModule {}
