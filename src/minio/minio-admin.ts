import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Problem } from '../common/problems/problem.js';
import { AppConfig } from '../config/app-config.js';
import { MadminClient } from '../madmin/client.js';
import { MadminError } from '../madmin/errors.js';
import { madminCalls } from '../metrics/registry.js';

/** Time-out of one admin call in milliseconds; leases are measured against it, see access/leases.ts. */
export const CALL_TIMEOUT_MS = 2000;

/** The admin API of MinIO as this service reaches it. */
@Injectable()
export class MinioAdmin implements OnApplicationShutdown {
  /** The node that takes every admin write and mints every session. */
  readonly client: MadminClient;
  /** Every node: what MinIO keeps in a node's memory only is revoked on each. */
  readonly nodes: readonly MadminClient[];
  #lastFailure = -Infinity;
  #seen: 'up' | 'doubtful' | 'away' = 'up';

  constructor(config: AppConfig) {
    const { adminEndpoint, nodeEndpoints } = config.minio;
    const connect = (endpoint: string): MadminClient =>
      new MadminClient({
        endpoint,
        accessKey: config.minio.accessKey,
        secretKey: config.minio.secretKey.reveal(),
        region: config.minio.region,
        timeoutMs: CALL_TIMEOUT_MS,
        slowTimeoutMs: 2 * CALL_TIMEOUT_MS,
        onCall: ({ verb, outcome, durationMs }) => madminCalls.observe({ verb, outcome }, durationMs / 1000),
      });
    this.client = connect(adminEndpoint);
    this.nodes = nodeEndpoints.map((endpoint) =>
      endpoint === adminEndpoint ? this.client : connect(endpoint),
    );
  }

  /** Whether a call failed for want of MinIO since the moment (of `performance.now()`): who waited since need not try. */
  failedSince(moment: number): boolean {
    return this.#lastFailure > moment;
  }

  /** True once each time that MinIO is back: after a failure a look like this one failed, too, and now one succeeds. */
  async isBack(): Promise<boolean> {
    if (this.#seen === 'up') return false;
    const answers = await this.client.server.health('cluster').then(
      ({ ok }) => ok,
      () => false,
    );
    const back = answers && this.#seen === 'away';
    this.#seen = answers ? 'up' : 'away';
    return back;
  }

  /** It did not answer when it was last asked. */
  get mayBeAway(): boolean {
    return this.#seen !== 'up';
  }

  /** The problem that a failure of MinIO is to a caller; any other error comes back as it is. */
  toProblem(error: unknown): unknown {
    if (!(error instanceof MadminError)) return error;
    if (error.code === 'unavailable' || error.code === 'timeout') {
      this.#lastFailure = performance.now();
      if (this.#seen === 'up') this.#seen = 'doubtful';
      return storageUnavailable('MinIO does not answer', error);
    }
    if (error.code === 'clock_skew')
      return storageUnavailable('The clocks of MinIO and of this service differ', error);
    return new Problem('storage_error', `MinIO answered ${error.minioCode ?? error.code}`, { cause: error });
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...new Set([this.client, ...this.nodes])].map((client) => client.close()));
  }
}

/** 503 with a hint when to come back. */
export function storageUnavailable(detail: string, cause?: unknown): Problem {
  return new Problem('storage_unavailable', detail, { retryAfterSeconds: 2, cause });
}
