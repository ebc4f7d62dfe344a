import { Module } from '@nestjs/common';
import { PolicyFile } from './file/policy-file.js';

@Module({ providers: [PolicyFile], exports: [PolicyFile] })
export class GovernanceModule {}
