import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { Sharing } from './sharing.js';
import { SharingController } from './sharing.controller.js';

@Module({ imports: [AccessModule], controllers: [SharingController], providers: [Sharing] })
export class SharingModule {}
