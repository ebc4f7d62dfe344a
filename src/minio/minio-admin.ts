import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { CallRecord } from '../madmin/types.js';
import { recordCall } from '../common/tracing/tracing.js';
import { Problem } from '../common/problems/problem.js';
import { AppConfig } from '../config/app-config.js';
import { MadminClient } from '../madmin/client.js';
import { MadminError } from '../madmin/errors.js';
import { madminCalls } from '../metrics/registry.js';
import { nodesInUse } from './metrics.js';
import { MinioNode } from './minio-node.js';

/** Timeout of one admin call in milliseconds; the lease time depends on it, see access/leases/leases.ts. */
export const CALL_TIMEOUT_MS = 2000;

/** The admin API of MinIO as this service reaches it. */
@Injectable()
export class MinioAdmin implements OnApplicationBootstrap, OnApplicationShutdown {
  /** Nodes that may take the admin writes, one at a time; the first is used at the start. */
  readonly admins: readonly MinioNode[];
  /** Every node: state that MinIO keeps only in a node's memory is revoked on each. */
  readonly nodes: readonly MinioNode[];
  readonly #s3Endpoint: string;
  #inUse: MinioNode;
  #leaving = false;

  constructor(config: AppConfig) {
    const { adminEndpoints, nodeEndpoints, accessKey, secretKey, region } = config.minio;
    const known = new Map<string, MinioNode>();
    const nodeAt = (endpoint: string): MinioNode => {
      const node =
        known.get(endpoint) ??
        new MinioNode(
          endpoint,
          (at, told) =>
            new MadminClient({
              endpoint: at,
              accessKey,
              secretKey: secretKey.reveal(),
              region,
              timeoutMs: CALL_TIMEOUT_MS,
              slowTimeoutMs: 2 * CALL_TIMEOUT_MS,
              onCall: (call) => {
                observe(call);
                told(call);
              },
            }),
        );
      known.set(endpoint, node);
      return node;
    };
    this.admins = adminEndpoints.map(nodeAt);
    this.nodes = nodeEndpoints.map(nodeAt);
    this.#s3Endpoint = config.minio.endpoint;
    this.#inUse = nodeAt(adminEndpoints[0] ?? '');
    this.showInUse();
  }

  /** The node that takes every admin write now. */
  get inUse(): MinioNode {
    return this.#inUse;
  }

  /** Client of the node in use. Throws `storage_unavailable` while another one is about to take its place. */
  get client(): MadminClient {
    if (this.#leaving) throw storageUnavailable('Another node of MinIO is about to take over');
    return this.#inUse.client;
  }

  /** Every node that is configured, each once. */
  get all(): readonly MinioNode[] {
    return [...new Set([...this.admins, ...this.nodes])];
  }

  /** Whether MinIO is known to have several nodes: then one of them may be away while the others serve. */
  get isCluster(): boolean {
    return this.all.length > 1;
  }

  /** Nodes that are not known to be away, and first the one in use, whatever its state. */
  get answering(): readonly MinioNode[] {
    return [this.#inUse, ...this.all.filter((node) => node !== this.#inUse && !node.isAway)];
  }

  /** Nodes that may create a session: the one in use, then the others; those that may be away come last. */
  get minting(): readonly [MinioNode, ...MinioNode[]] {
    const others = this.all.filter((node) => node !== this.#inUse);
    const [up, away] = [true, false].map((well) => others.filter(({ mayBeAway }) => mayBeAway !== well));
    const first = this.#inUse.mayBeAway ? up?.shift() : undefined;
    return first ? [first, ...(up ?? []), this.#inUse, ...(away ?? [])] : [this.#inUse, ...others];
  }

  /** The address for this service's own S3 calls: MINIO_ENDPOINT, or another node if that one is a node and away. */
  get s3Endpoint(): string {
    const node = this.all.find(({ endpoint }) => endpoint === this.#s3Endpoint);
    return node?.mayBeAway ? this.minting[0].endpoint : this.#s3Endpoint;
  }

  /** No call is sent to the node in use from now on, until {@link use} or {@link stay}. */
  leave(): void {
    this.#leaving = true;
  }

  /** Continues with the node in use. */
  stay(): void {
    this.#leaving = false;
  }

  /** Every admin call goes to this node from now on; what failed before is due there. */
  use(node: MinioNode): void {
    if (node !== this.#inUse) node.markReturned();
    this.#inUse = node;
    this.#leaving = false;
    this.showInUse();
  }

  /** Whether MinIO failed a call since the moment (of `performance.now()`): a caller that waited since then need not try. */
  failedSince(moment: number): boolean {
    return this.#inUse.failedSince(moment);
  }

  /** Whether a call to any node had no answer, or an unknown outcome, in the last milliseconds. */
  troubledWithin(ms: number): boolean {
    return this.all.some((node) => node.troubledSince(performance.now() - ms));
  }

  /** True once for each return of MinIO: a check failed after a failed call, and now one succeeds. */
  async isBack(): Promise<boolean> {
    if (this.mayBeAway) await this.#inUse.check();
    return this.#inUse.takeReturn();
  }

  /** The node in use did not answer when it was last asked. */
  get mayBeAway(): boolean {
    return this.#leaving || this.#inUse.mayBeAway;
  }

  /** The problem for the caller that a failure of MinIO becomes; any other error is returned as it is. */
  toProblem(error: unknown): unknown {
    if (!(error instanceof MadminError)) return error;
    if (error.retryable) return storageUnavailable('MinIO does not answer', error);
    if (error.code === 'clock_skew')
      return storageUnavailable('The clocks of MinIO and of this service differ', error);
    return new Problem('storage_error', `MinIO answered ${error.minioCode ?? error.code}`, { cause: error });
  }

  private showInUse(): void {
    for (const node of this.admins) nodesInUse.set({ endpoint: node.endpoint }, node === this.#inUse ? 1 : 0);
  }

  /** Connects to every node, so that the first caller need not wait until it has said that it has read its identities. */
  onApplicationBootstrap(): void {
    for (const { client } of this.all) void client.whenLoaded().catch(() => undefined);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.all.map(({ client }) => client.close()));
  }
}

function observe({ verb, outcome, durationMs }: CallRecord): void {
  madminCalls.observe({ verb, outcome }, durationMs / 1000);
  const hasFailed = outcome !== 'ok';
  const fields = {
    'peer.service': 'minio',
    'rpc.method': verb,
    ...(hasFailed ? { 'error.type': outcome } : {}),
  };
  recordCall({ name: `minio ${verb}`, fields, ms: durationMs, hasFailed });
}

/** 503 with the time to retry. */
export function storageUnavailable(detail: string, cause?: unknown): Problem {
  return new Problem('storage_unavailable', detail, { retryAfterSeconds: 2, cause });
}
