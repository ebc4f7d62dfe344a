import { Injectable } from '@nestjs/common';
import { systemActor } from '../../auth/system-actor.js';
import { Problem } from '../../common/problems/problem.js';
import { Database } from '../../database/schema.js';
import { type Delivery, fingerprintOf } from '../webhooks/delivery.js';
import type { Hint } from '../webhooks/hint.js';
import { hintsOf } from '../webhooks/hints.js';
import { Admission, type Admitted, type Received } from './admission.js';
import { DeliveriesStore } from './deliveries.store.js';
import { Flood } from './flood.js';
import { DeliveryProvisions } from './delivery-provisions.js';

/** The answer to the sender. */
export interface Receipt {
  status: 'accepted' | 'ignored' | 'duplicate';
  reason?: string;
}

/** Checks and records the portal's deliveries, and enqueues reconciliations. Calls neither the portal nor MinIO. */
@Injectable()
export class Receiver {
  constructor(
    private readonly db: Database,
    private readonly admission: Admission,
    private readonly flood: Flood,
    private readonly deliveries: DeliveriesStore,
    private readonly provisions: DeliveryProvisions,
  ) {}

  async receive(received: Received): Promise<Receipt> {
    if (!this.admission.isOpen) throw new Problem('not_found', 'This service accepts no deliveries');
    const { address, requestId, arrivedAt } = received;
    const admitted = await this.admit(received);
    if ('ignored' in admitted) return { status: 'ignored', reason: admitted.ignored };
    const { authentic } = admitted;
    const delayMs = await this.flood.delayMs(authentic, address);
    const actor = systemActor('data-product-portal', { requestId, arrivedAt });
    const believed = !(await this.admission.asksPortal());
    const asked = { hints: admitted.hints, authentic, believed, delayMs, actor };
    if (delayMs === 0 || believed) return this.take(received.raw, admitted, asked);
    await this.provisions.askForEverything(asked);
    return { status: 'accepted' };
  }

  /** Authenticates and parses a delivery. */
  private async admit(received: Received): Promise<(Admitted & { hints: Hint[] }) | { ignored: string }> {
    try {
      const admitted = this.admission.admit(received);
      const understood = hintsOf(admitted.delivery);
      // a delivery without effect needs no trust
      if ('ignored' in understood) return understood;
      await this.admission.requireBelievable(admitted);
      return { ...admitted, ...understood };
    } catch (error) {
      throw await this.flood.refusal(error, received.address);
    }
  }

  private take(
    raw: Buffer,
    { delivery }: Admitted,
    asked: Parameters<DeliveryProvisions['ask']>[0],
  ): Promise<Receipt> {
    const fingerprint = fingerprintOf(raw, delivery);
    return this.db.transaction().execute(async (trx): Promise<Receipt> => {
      const about = aboutOf(delivery, asked.hints, fingerprint);
      const fresh = await this.deliveries.remember(about, fingerprint, trx);
      // equal exchanges can be two actions, such as a port's approval for one consumer and then for another: if the portal can be asked, an
      // exchange is only redundant while an earlier provision still waits
      if (!fresh && (asked.believed || delivery.form !== 'exchange')) return { status: 'duplicate' };
      const { affected, news } = await this.provisions.ask(asked, trx);
      if (affected === 0) return { status: 'ignored', reason: 'it concerns no known product' };
      return { status: fresh || news ? 'accepted' : 'duplicate' };
    });
  }
}

/** Events have their own ids. Exchanges have none: one that grants or revokes access may be a new action after any other exchange. */
function aboutOf(delivery: Delivery, hints: readonly Hint[], fingerprint: string): string {
  if (delivery.form !== 'exchange') return `event:${fingerprint}`;
  const [hint] = hints;
  return hint?.about === 'product' ? `product:${hint.ref.id}` : 'access';
}
