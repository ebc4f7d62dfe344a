import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Provider } from '../../documents/model.js';
import { readProvider } from '../../documents/providers/read-provider.js';
import { ProvidersStore } from '../providers.store.js';

const MAX_VERSIONS = 500;

/** Versions of providers in memory, checked. A version never changes, so nothing here becomes stale. */
@Injectable()
export class CompiledVersions {
  private readonly logger = new Logger(CompiledVersions.name);
  private readonly versions = new LRUCache<string, Provider>({ max: MAX_VERSIONS });

  constructor(private readonly store: ProvidersStore) {}

  /** Undefined: the version is not valid any more, because this release of the service has other rules. */
  async get(name: string, digest: string): Promise<Provider | undefined> {
    const known = this.versions.get(keyOf(name, digest));
    if (known) return known;
    const { value } = readProvider(await this.store.files(name, digest));
    if (value) this.put(name, digest, value);
    else this.logger.warn({ provider: name, digest }, 'the current version is not valid any more: reload it');
    return value;
  }

  /** Keeps what a load has just read. */
  put(name: string, digest: string, provider: Provider): void {
    this.versions.set(keyOf(name, digest), provider);
  }
}

function keyOf(name: string, digest: string): string {
  return `${name}@${digest}`;
}
