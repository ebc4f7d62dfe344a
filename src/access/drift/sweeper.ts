import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SYSTEM } from '../../common/caller.js';
import { Loop } from '../../common/work/loop.js';
import { AppConfig } from '../../config/app-config.js';
import { SharedRounds } from '../leases/shared-rounds.js';
import { SweepStore } from './sweep.store.js';
import { Drift } from './drift.js';
import type { DriftReport } from './drift-report.js';
import { driftingSubjects } from './metrics.js';
import { DriftRepair } from './drift-repair.js';

const LEASE = 'sweep';
/** How often within an interval a replica checks whether a sweep is due. */
const CHECKS_PER_INTERVAL = 5;
/** Names in a line of the log. */
const NAMED = 5;

/**
 * Sweeps periodically, one replica at a time: that replica keeps a lease until the next sweep is due. The worker repairs the differences
 * that this service owns.
 */
@Injectable()
export class Sweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Sweeper');
  readonly #intervalMs: number;
  readonly #loop: Loop;

  constructor(
    private readonly drift: Drift,
    private readonly reconciler: DriftRepair,
    private readonly store: SweepStore,
    private readonly rounds: SharedRounds,
    private readonly config: AppConfig,
  ) {
    this.#intervalMs = config.drift.sweepIntervalSeconds * 1000;
    this.#loop = new Loop(() => this.sweepIfDue(), {
      logger: this.logger,
      retryMs: this.#intervalMs / CHECKS_PER_INTERVAL,
    });
  }

  /** The first sweep comes an interval after the start. */
  onApplicationBootstrap(): void {
    if (this.#intervalMs > 0) this.#loop.start(this.#intervalMs);
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#loop.stop();
  }

  /** Sweeps, unless another replica does. The replica that swept holds the lease until shortly before the next sweep. */
  private async sweepIfDue(): Promise<number> {
    const swept = await this.rounds.run(LEASE, this.#intervalMs, async () =>
      this.heal(await this.drift.find()),
    );
    if (swept) return this.#intervalMs;
    // another replica reports the gauge now
    driftingSubjects.reset();
    return this.#intervalMs / CHECKS_PER_INTERVAL;
  }

  private async heal(findings: DriftReport): Promise<void> {
    const { heal } = this.config.drift;
    const own = findings.drifting;
    const foreign = findings.differing.filter(({ settled, removable }) => settled && removable);
    const repaired = heal === 'all' ? await this.reconciler.reconcile(foreign, true, SYSTEM) : [];
    const rest = heal === 'all' ? own.filter(({ removable }) => !removable) : own;
    const marked = heal === 'report' ? 0 : await this.store.mark(rest.map(({ id }) => id));
    this.report(findings, marked + repaired.filter(({ status }) => status === 'mended').length);
  }

  private report(findings: DriftReport, healing: number): void {
    const { differing, unreadable, drifting } = findings;
    const strange = findings.foreign.length + findings.moreForeign;
    if (differing.length + unreadable + strange === 0) return;
    const names = findings.subjects.slice(0, NAMED).map(({ kind, name }) => `${kind} ${name}`);
    this.logger.warn(
      {
        checked: findings.checked,
        drifting: drifting.length,
        differing: differing.length,
        unreadable,
        foreign: strange,
        healing,
        subjects: names,
      },
      'sweep found differences',
    );
  }
}
