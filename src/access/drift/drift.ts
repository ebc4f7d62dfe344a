import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import type { DriftReport } from './drift-report.js';
import { driftingSubjects, sweepDuration } from './metrics.js';
import { Sweep } from './sweep.js';

/** Sweeps on demand, one at a time in this process. */
@Injectable()
export class Drift implements BeforeApplicationShutdown {
  readonly #stop = new AbortController();
  #running: Promise<DriftReport> | undefined;
  #next: Promise<DriftReport> | undefined;

  constructor(private readonly sweep: Sweep) {}

  beforeApplicationShutdown(): void {
    this.#stop.abort();
  }

  /** What differs now. A running sweep may have read before the caller changed something: later callers share the sweep after it. */
  find(): Promise<DriftReport> {
    if (!this.#running) return this.start();
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.start();
      });
    return this.#next;
  }

  private start(): Promise<DriftReport> {
    const running = this.run().finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }

  private async run(): Promise<DriftReport> {
    const started = performance.now();
    let result = 'failed';
    try {
      const findings = await this.sweep.run(this.#stop.signal);
      const { differing, drifting, unreadable } = findings;
      driftingSubjects.set({ what: 'own' }, drifting.length);
      driftingSubjects.set({ what: 'foreign' }, differing.filter(({ own }) => !own).length);
      driftingSubjects.set({ what: 'unreadable' }, unreadable);
      result = 'ok';
      return findings;
    } finally {
      sweepDuration.observe({ result }, (performance.now() - started) / 1000);
    }
  }
}
