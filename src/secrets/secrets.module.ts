import { Module } from '@nestjs/common';
import { KeyChecksStore } from './key-checks.store.js';
import { KeyRing, StretchedKeys } from './key-ring.js';

@Module({ providers: [StretchedKeys, KeyRing, KeyChecksStore], exports: [KeyRing] })
export class SecretsModule {}
