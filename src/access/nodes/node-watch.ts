import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Loop } from '../../common/work/loop.js';
import { CALL_TIMEOUT_MS, MinioAdmin } from '../../minio/minio-admin.js';
import type { MinioNode } from '../../minio/minio-node.js';
import type { WriteResult } from '../changes/writer.js';
import { LeasesStore } from '../leases/leases.store.js';
import { type AwayNode, NodesStore } from '../enforce/nodes.store.js';
import { CatchUp } from './catch-up.js';

const INTERVAL_MS = 1000;
/** How long a node must answer before it has caught up: its peers take seconds to find it again. */
const SETTLED_MS = 10_000;
/** How often a node is brought up to date while another one is away. */
const PAUSE_MS = 5000;
/** How long one replica may work on a node before another one takes its turn. */
const TURN_MS = 60_000;
/** By then every call of this process has ended, and its writes have arrived. */
const QUIET_MS = 3 * CALL_TIMEOUT_MS;

/**
 * Checks every node of a cluster each second. A node that was away reads what was written meanwhile only up to 15 minutes later: it is
 * brought up to date when it is back. When the node that takes the admin writes is lost, another one takes its place, for all replicas.
 */
@Injectable()
export class NodeWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('NodeWatch');
  /** When a node was last brought fully up to date (`performance.now()`) since it was last away. */
  readonly #toldAt = new Map<string, number>();
  #checkedAt = -Infinity;
  readonly #loop = new Loop(() => this.check(), { logger: this.logger, retryMs: INTERVAL_MS });

  constructor(
    private readonly minio: MinioAdmin,
    private readonly store: NodesStore,
    private readonly leases: LeasesStore,
    private readonly catchUp: CatchUp,
  ) {}

  onApplicationBootstrap(): void {
    if (this.minio.isCluster) this.#loop.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#loop.stop();
  }

  /** Whether a node is away, or answers and is not up to date yet: it may still accept credentials that were revoked. */
  async isAnyBehind(): Promise<boolean> {
    return this.minio.isCluster && (this.hadTrouble() || (await this.store.any()));
  }

  /**
   * A change that no node may miss counts as enforced once no node is away without having received it: such a node may be cut off from us but
   * still serve others.
   */
  async everywhere<T>(written: WriteResult<T>): Promise<WriteResult<T>> {
    return { ...written, enforced: written.enforced && !(await this.isAnyBehind()) };
  }

  /** Whether a call failed since the last check in a way that may have kept MinIO from notifying its nodes. */
  private hadTrouble(): boolean {
    return this.minio.all.some((node) => node.troubledSince(this.#checkedAt));
  }

  private async check(): Promise<number> {
    const isShaken = await this.checkAll();
    const behind = await this.store.list();
    await this.choose(behind);
    await Promise.all(behind.map((row) => this.catchUpWith(row, isShaken)));
    return INTERVAL_MS;
  }

  /**
   * True while a node is away, or when a call has just failed. MinIO notifies each other node of a change once, gives up when that stalls,
   * and does not start when the change failed halfway. So no other node is assumed to have received the change.
   */
  private async checkAll(): Promise<boolean> {
    const begin = performance.now();
    const answers = await Promise.all(this.minio.all.map((node) => this.checkNode(node)));
    const isShaken = answers.includes(false) || this.hadTrouble();
    const doubtful = this.minio.answering.filter((node) => isShaken && node !== this.minio.inUse);
    await Promise.all(doubtful.map((node) => this.store.doubt(node)));
    this.#checkedAt = begin;
    return isShaken;
  }

  private async checkNode(node: MinioNode): Promise<boolean> {
    const wasAway = node.isAway;
    const answers = await node.check();
    if (answers === wasAway) this.logger.warn(`MinIO at ${node.endpoint} is ${answers ? 'back' : 'away'}`);
    if (answers) return true;
    this.#toldAt.delete(node.endpoint);
    await this.store.away(node);
    return false;
  }

  /**
   * Follows the other replicas to the node that they use. If the node in use is lost, switches, if possible to one that missed nothing, or
   * little.
   */
  private async choose(behind: readonly AwayNode[]): Promise<void> {
    const { admins, inUse } = this.minio;
    if (admins.length < 2) return;
    const chosen = await this.store.admin(inUse.endpoint);
    const agreed = admins.find(({ endpoint }) => endpoint === chosen);
    if (agreed && agreed !== inUse) return this.moveTo(agreed, () => Promise.resolve(true));
    if (agreed && !inUse.isLost) return;
    const others = admins.filter((node) => node !== inUse && !node.mayBeAway);
    const rowOf = ({ endpoint }: MinioNode) => behind.find((row) => row.endpoint === endpoint);
    const missesSince = (node: MinioNode) => rowOf(node)?.away_since.getTime() ?? Number.MAX_SAFE_INTEGER;
    const [next] = others.toSorted((a, b) => missesSince(b) - missesSince(a));
    if (!next) return;
    await this.moveTo(next, async () => {
      const row = rowOf(next);
      if (row) await this.store.markMissedSuspect(row);
      return this.store.moveAdmin(chosen, next.endpoint);
    });
  }

  /** Stops sending to the node in use, waits until all its calls have ended, and continues with the other node. */
  private async moveTo(node: MinioNode, agree: () => Promise<boolean>): Promise<void> {
    const { inUse } = this.minio;
    const limit = performance.now() + QUIET_MS;
    this.minio.leave();
    try {
      while (!inUse.isQuiet(CALL_TIMEOUT_MS) && performance.now() < limit) await sleep(50);
      if (!inUse.isQuiet(CALL_TIMEOUT_MS) || !(await agree())) return;
      this.minio.use(node);
      this.logger.warn(`admin writes go to MinIO at ${node.endpoint}, no longer to ${inUse.endpoint}`);
    } finally {
      this.minio.stay();
    }
  }

  /**
   * Brings a node up to date that is back: at once, and again when its peers have surely found it. Does the same for a node that answered
   * all the time, as long as another one is away.
   */
  private async catchUpWith(row: AwayNode, isShaken: boolean): Promise<void> {
    const node = this.minio.all.find(({ endpoint }) => endpoint === row.endpoint);
    // no longer configured: nothing waits for it
    if (!node) return this.store.caughtUp(row);
    const settled = node.goodForMs >= SETTLED_MS;
    if (node.mayBeAway || this.minio.mayBeAway) return;
    const toldAt = this.#toldAt.get(node.endpoint);
    if (toldAt !== undefined && (!settled || performance.now() - toldAt < PAUSE_MS)) return;
    const holder = randomUUID();
    const key = `node:${node.endpoint}`;
    if (!(await this.leases.take(key, holder, TURN_MS))) return;
    try {
      const until = await this.catchUp.run(node, row);
      if (!until) return;
      this.#toldAt.set(node.endpoint, performance.now());
      if (!settled) return;
      if (isShaken) await this.store.heardUntil(row, until);
      else await this.store.caughtUp(row);
    } finally {
      await this.leases.release(key, holder);
    }
  }
}
