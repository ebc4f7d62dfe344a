import { Injectable } from '@nestjs/common';
import type { Actor } from '../../common/caller.js';
import { ProvidersStore } from '../providers.store.js';
import { FolderProviders } from './folder-providers.js';
import { ProviderLoads } from './provider-loads.js';

/** What a load of everything did. */
export interface Reloaded {
  providers: { name: string; status: 'ready' | 'failed'; changed: boolean }[];
  removed: string[];
}

/** Loads every provider again. */
@Injectable()
export class Reload {
  constructor(
    private readonly store: ProvidersStore,
    private readonly folders: FolderProviders,
    private readonly loads: ProviderLoads,
  ) {}

  async everything(actor: Actor): Promise<Reloaded> {
    const before = await this.store.all();
    await this.folders.reload(actor);
    await this.loads.reloadAll(
      before.filter(({ source }) => source === 'git'),
      actor,
    );
    const after = await this.store.all();
    const digests = new Map(before.map(({ name, digest }) => [name, digest]));
    const names = new Set(after.map(({ name }) => name));
    return {
      providers: after.map(({ name, status, digest }) => ({
        name,
        status,
        changed: digests.get(name) !== digest,
      })),
      removed: before.flatMap(({ name }) => (names.has(name) ? [] : [name])),
    };
  }
}
