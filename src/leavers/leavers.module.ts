import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { DirectoryRound } from './directories/directory-round.js';
import { LookUps } from './directories/look-ups.js';
import { MissingStore } from './directories/missing.store.js';
import { IdleRound } from './idle-round.js';
import { LeaverRounds } from './leaver-rounds.js';
import { LeaversController } from './leavers.controller.js';
import { LeaversReader } from './leavers-reader.js';
import { LeaversStore } from './leavers.store.js';
import { Suspensions } from './suspensions.js';

@Module({
  imports: [AccessModule],
  controllers: [LeaversController],
  providers: [
    ...[LeaversStore, Suspensions, IdleRound, LeaverRounds],
    ...[LookUps, MissingStore, DirectoryRound, LeaversReader],
  ],
  exports: [LeaversReader],
})
export class LeaversModule {}
