import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { DeletionsModule } from '../deletions/deletions.module.js';
import { AdoptionController } from './adoption.controller.js';
import { Adoption } from './adoption.js';
import { AdoptionReport } from './adoption-report.js';
import { AdoptionsStore } from './adoptions.store.js';
import { Candidates } from './candidates.js';
import { Attachments } from './documents/attachments.js';
import { Detachment } from './documents/detachment.js';
import { Imports } from './documents/imports.js';
import { Registration } from './registration.js';
import { Takeover } from './takeover.js';
import { AdoptionUndo } from './undo/adoption-undo.js';
import { Restoration } from './undo/restoration.js';

@Module({
  imports: [AccessModule, DeletionsModule],
  controllers: [AdoptionController],
  providers: [
    ...[Adoption, AdoptionReport, AdoptionUndo, Restoration],
    ...[Candidates, Registration, Takeover, Imports, Detachment, Attachments, AdoptionsStore],
  ],
})
export class AdoptionModule {}
