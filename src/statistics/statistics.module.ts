import { Module } from '@nestjs/common';
import { StatisticsController } from './statistics.controller.js';
import { StatisticsStore } from './statistics.store.js';

@Module({ controllers: [StatisticsController], providers: [StatisticsStore] })
export class StatisticsModule {}
