import { Module } from '@nestjs/common';
import { KeyChecksStore } from './key-checks.store.js';
import { KeyRing } from './key-ring.js';

@Module({ providers: [KeyRing, KeyChecksStore], exports: [KeyRing] })
export class SecretsModule {}
