import { Module } from '@nestjs/common';
import { Targets } from './targets.js';

@Module({ providers: [Targets], exports: [Targets] })
export class TargetsModule {}
