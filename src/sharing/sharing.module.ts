import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { AccessQuestionsController } from './access-questions.controller.js';
import { SharesReader } from './shares-reader.js';
import { Sharing } from './sharing.js';
import { SharingController } from './sharing.controller.js';

@Module({
  imports: [AccessModule],
  controllers: [SharingController, AccessQuestionsController],
  providers: [Sharing, SharesReader],
})
export class SharingModule {}
