import { Injectable } from '@nestjs/common';
import { systemActor } from '../../auth/system-actor.js';
import { Problem } from '../../common/problems/problem.js';
import type { Hint } from '../webhooks/hint.js';
import { hintsOf } from '../webhooks/hints.js';
import { Admission, type Admitted, type Received } from './admission.js';
import { Flood } from '../../auth/flood.js';
import { DeliveryProvisions } from './delivery-provisions.js';
import { Intake, type Receipt } from './intake.js';

/** Checks and records the portal's deliveries, and enqueues reconciliations. Calls neither the portal nor MinIO. */
@Injectable()
export class Receiver {
  constructor(
    private readonly admission: Admission,
    private readonly flood: Flood,
    private readonly intake: Intake,
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
    if (delayMs === 0 || believed) return this.intake.take(received.raw, admitted.delivery, asked);
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
}
