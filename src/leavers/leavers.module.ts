import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { DirectoryRound } from './directories/directory-round.js';
import { LookUps } from './directories/look-ups.js';
import { MissingStore } from './directories/missing.store.js';
import { IdleRound } from './idle/idle-round.js';
import { IdleStore } from './idle/idle.store.js';
import { LeaverRounds } from './leaver-rounds.js';
import { LeaversController } from './leavers.controller.js';
import { LeaversReader } from './leavers-reader.js';
import { LeaversStore } from './leavers.store.js';
import { SurveysStore } from './surveys/surveys.store.js';
import { Suspensions } from './suspensions.js';

@Module({
  imports: [AccessModule],
  controllers: [LeaversController],
  providers: [
    ...[LeaversStore, SurveysStore, Suspensions, LeaverRounds, IdleStore, IdleRound],
    ...[LookUps, MissingStore, DirectoryRound, LeaversReader],
  ],
  exports: [LeaversReader],
})
export class LeaversModule {}
