import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { DeletionsModule } from '../deletions/deletions.module.js';
import { AccessKeys } from './access-keys.js';
import { AccessKeysController } from './access-keys.controller.js';
import { AwsCredentials } from './aws-credentials.js';
import { KeyHandouts } from './claims/key-handouts.js';
import { CredentialsController } from './credentials.controller.js';
import { FoldersController } from './folders/folders.controller.js';
import { Minter } from './sessions/minter.js';
import { Pairs } from './pairs.js';
import { Principals } from './principals.js';
import { Sessions } from './sessions/sessions.js';
import { Standing } from './standing.js';

@Module({
  imports: [AccessModule, DeletionsModule],
  controllers: [CredentialsController, AccessKeysController, FoldersController],
  providers: [Principals, Standing, Minter, Pairs, Sessions, AccessKeys, KeyHandouts, AwsCredentials],
  exports: [Pairs, Principals, AccessKeys, KeyHandouts],
})
export class CredentialsModule {}
