import { join, resolve } from 'node:path';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { removeOld } from '../../targets/tools/old-folders.js';

/** How long a folder is kept that nobody has taken over, in milliseconds. */
const KEPT_MS = 7 * 86_400_000;

/** Where tools work: a folder for each provision, below that of the service. */
@Injectable()
export class ToolFolders implements OnApplicationBootstrap {
  constructor(private readonly config: AppConfig) {}

  /** What killed workers have left, and nobody has taken over. */
  async onApplicationBootstrap(): Promise<void> {
    if (Object.keys(this.config.workflowTools).length > 0) await removeOld(this.folder, KEPT_MS);
  }

  of(name: string): string {
    return join(this.folder, name);
  }

  private get folder(): string {
    return join(resolve(this.config.database.dataDir), 'tools');
  }
}
