/** The lease is lost: nothing more may be done under it, and the outcome of what is under way is uncertain. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';

  constructor() {
    super('The lease was lost');
  }
}

export interface LeaseTerms {
  /** How long the lease lasts when it is taken or renewed, in milliseconds. */
  ttlMs: number;
  /** `performance.now()` before the lease was taken: then its end here is never later than by the clock of the database. */
  takenAt: number;
  /** Extends the lease by `ttlMs` from now; false: another process may have it. */
  renew: () => Promise<boolean>;
}

/** The right of one process to do something, for a limited time. */
export class Lease {
  readonly #terms: LeaseTerms;
  #expiresAt: number;
  #isLost = false;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(terms: LeaseTerms) {
    this.#terms = terms;
    this.#expiresAt = terms.takenAt + terms.ttlMs;
  }

  /** Call it before each step: a step must not start with less than `leftMs` of the lease left. Throws {@link LeaseLost}. */
  async guard(leftMs = 0): Promise<void> {
    if (!this.#isLost && this.#expiresAt - performance.now() > leftMs) return;
    if (!this.#isLost) await this.renew();
    if (this.#isLost) throw new LeaseLost();
  }

  /** Renews the lease periodically until {@link close}, for work whose steps may take longer than the lease lasts. */
  keepAlive(everyMs: number): void {
    // if the database is unreachable, the lease simply expires
    this.#heartbeat = setInterval(() => void this.renew().catch(() => undefined), everyMs);
    this.#heartbeat.unref();
  }

  close(): void {
    clearInterval(this.#heartbeat);
  }

  private async renew(): Promise<void> {
    const asked = performance.now();
    if (await this.#terms.renew()) this.#expiresAt = asked + this.#terms.ttlMs;
    else this.#isLost = true;
  }
}
