import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { beforeScrape } from '../../metrics/registry.js';
import { CountsStore, type ProvisionCount } from './counts.store.js';
import { deadLetters, lateProvisions, oldestProvision, openProvisions } from './metrics.js';

/** How long numbers are good for, in milliseconds: several readers of `/metrics` cost one statement. */
const FRESH_MS = 2000;

/** Counts provisions when somebody reads `/metrics`. */
@Injectable()
export class ProvisionGauges implements OnApplicationBootstrap, OnApplicationShutdown {
  #stop: (() => void) | undefined;
  #countedAt = -Infinity;
  #counting: Promise<void> | undefined;

  constructor(private readonly store: CountsStore) {}

  onApplicationBootstrap(): void {
    this.#stop = beforeScrape(() => this.refresh());
  }

  onApplicationShutdown(): void {
    this.#stop?.();
  }

  private refresh(): Promise<void> {
    if (performance.now() - this.#countedAt < FRESH_MS) return Promise.resolve();
    this.#counting ??= this.count().finally(() => (this.#counting = undefined));
    return this.#counting;
  }

  /** Without an answer of the database there are no numbers: old ones would look like new ones. */
  private async count(): Promise<void> {
    const counts = await this.store.counts().catch(() => undefined);
    for (const gauge of [openProvisions, oldestProvision, deadLetters, lateProvisions]) gauge.reset();
    if (!counts) return;
    this.#countedAt = performance.now();
    for (const each of counts) show(each);
  }
}

function show({ kind, state, count, seconds }: ProvisionCount): void {
  if (state === 'dead') return deadLetters.set({ kind }, count);
  if (state === 'late') return lateProvisions.set({ kind }, seconds);
  openProvisions.set({ kind, state }, count);
  oldestProvision.set({ kind, state }, seconds);
}
