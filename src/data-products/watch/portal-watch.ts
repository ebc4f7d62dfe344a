import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import type { ProductRef } from '../portal/refs.js';
import { ProductSource } from '../reconcile/product-source.js';
import { MissingStore } from '../removal/missing.store.js';
import { brakeReason, few, type Portal } from './brake.js';
import { PortalWatchStore } from './portal-watch.store.js';

/** How many products of a long list are shown by name. */
const NAMED = 10;
const FORGOTTEN = 'PORTAL_API_URL is not set, but this service used a portal before';

/** The state of the portal, for administrators. */
export interface PortalState {
  /** Why changes from the portal are not applied. */
  braked: { since: Date; why: string } | null;
  /** Products that wait for an administrator: the count, and some of the names. */
  waiting: { count: number; names: string[] };
}

/**
 * Checks whether the portal is still the same one. A portal that was set up again, restored from an older dump, or replaced does not have
 * our products: then nothing is changed until it has them again or an administrator confirms that they are gone.
 */
@Injectable()
export class PortalWatch implements OnApplicationBootstrap {
  private readonly logger = new Logger('PortalWatch');

  constructor(
    private readonly source: ProductSource,
    private readonly missing: MissingStore,
    private readonly store: PortalWatchStore,
    private readonly config: AppConfig,
  ) {}

  /** Reports a lost setting at start: without a portal, no resync would detect it. */
  async onApplicationBootstrap(): Promise<void> {
    const row = this.config.products.portal ? undefined : await this.store.find();
    if (!row) return;
    await this.store.brake(row, FORGOTTEN);
    this.logger.error(`Nothing is changed for data products: ${FORGOTTEN}. See GET /admin/doctor`);
  }

  /**
   * Whether reconciliations must not change anything. A portal at another address is not followed before all products were checked there.
   * Deliveries do not replace a portal whose setting is missing.
   */
  async isBraked(): Promise<boolean> {
    const row = await this.store.find();
    return row !== undefined && (row.braked_at !== null || row.url !== this.config.products.portal?.url);
  }

  /** There was a portal, and no portal is configured now. */
  async isForgotten(): Promise<boolean> {
    return this.config.products.portal === null && (await this.store.find()) !== undefined;
  }

  /** Decides, from all products that the portal lists, whether it is followed from now on; returns the reason if not. */
  async survey(listed: readonly ProductRef[]): Promise<string | null> {
    const { portal } = this.config.products;
    if (!portal) return (await this.store.find()) ? FORGOTTEN : null;
    const held = await this.missing.held();
    const missed = await this.missedOf(held, new Set(listed.map(({ id }) => id)));
    const now: Portal = { url: portal.url, marks: await this.source.marks() };
    const before = (await this.store.find()) ?? null;
    const why = brakeReason({ held: held.length, missed, before, now });
    if (why === null) {
      await this.remember(before, now);
      return null;
    }
    if (await this.store.brake(now, why))
      this.logger.error(
        `The portal at PORTAL_API_URL is not followed, nothing is changed: ${why}. See GET /admin/doctor`,
      );
    return why;
  }

  async state(): Promise<PortalState> {
    const [row, waiting] = await Promise.all([this.store.find(), this.missing.waiting()]);
    const names = waiting.slice(0, NAMED).map(({ id, name, namespace }) => name ?? namespace ?? id);
    const braked = row?.braked_at ? { since: row.braked_at, why: row.braked_why ?? '' } : null;
    return { braked, waiting: { count: waiting.length, names } };
  }

  /** Counts the missing products. Asks for each one, because a list may be incomplete. Stops when there are too many. */
  private async missedOf(held: readonly ProductRef[], listed: ReadonlySet<string>): Promise<number> {
    let missed = 0;
    for (const ref of held) {
      if (listed.has(ref.id)) continue;
      if ((await this.source.product(ref)) === null) missed += 1;
      if (missed > few(held.length)) break;
    }
    return missed;
  }

  private async remember(
    before: Awaited<ReturnType<PortalWatchStore['find']>> | null,
    now: Portal,
  ): Promise<void> {
    const marks = now.marks.length > 0 ? now.marks : (before?.marks ?? []);
    if (before?.braked_at)
      this.logger.log('The portal at PORTAL_API_URL is followed again: it has the known products');
    const same = before?.url === now.url && String(before.marks) === String(marks);
    if (!before || before.braked_at || !same) await this.store.release({ url: now.url, marks });
  }
}
