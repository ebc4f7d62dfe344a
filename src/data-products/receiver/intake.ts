import { Injectable } from '@nestjs/common';
import { Batches } from '../../common/work/batches.js';
import { isOfOneRow } from '../../database/database-problem.js';
import { Database, type Executor } from '../../database/schema.js';
import { type Delivery, fingerprintOf } from '../webhooks/delivery.js';
import type { Hint } from '../webhooks/hint.js';
import { DeliveriesStore, type RememberedDelivery } from './deliveries.store.js';
import { type Asked, DeliveryProvisions } from './delivery-provisions.js';

/** The answer to the sender. */
export interface Receipt {
  status: 'accepted' | 'ignored' | 'duplicate';
  reason?: string;
}

interface Taken extends RememberedDelivery {
  form: Delivery['form'];
  asked: Asked;
}

/** Deliveries of one transaction. */
const MOST = 32;

/**
 * Records deliveries and what they ask for. Deliveries that come while a transaction is under way share the next one; each is answered once
 * it has committed.
 */
@Injectable()
export class Intake {
  readonly #batches = new Batches<Taken, Receipt>({
    work: (taken) => this.commit(taken),
    keysOf: ({ about, asked }) => [about, ...(this.provisions.requestsOf(asked) ?? []).map(subjectOf)],
    isOfOne: isOfOneRow,
    most: MOST,
  });

  constructor(
    private readonly db: Database,
    private readonly deliveries: DeliveriesStore,
    private readonly provisions: DeliveryProvisions,
  ) {}

  async take(raw: Buffer, delivery: Delivery, asked: Asked): Promise<Receipt> {
    const fingerprint = fingerprintOf(raw, delivery);
    const about = aboutOf(delivery, asked.hints, fingerprint);
    const taken: Taken = { about, fingerprint, form: delivery.form, asked };
    if (this.provisions.requestsOf(asked)) return this.#batches.add(taken);
    // what reads and writes more does it in a transaction of its own
    const [receipt] = await this.commit([taken]);
    return receipt as Receipt;
  }

  private commit(taken: readonly Taken[]): Promise<Receipt[]> {
    return this.db.transaction().execute((trx) => this.record(taken, trx));
  }

  private async record(taken: readonly Taken[], trx: Executor): Promise<Receipt[]> {
    const news = await this.deliveries.remember(
      taken.map(({ about, fingerprint }) => ({ about, fingerprint })),
      trx,
    );
    // equal exchanges can be two actions, such as a port's approval for one consumer and then for another: if the portal can be asked, an
    // exchange is only redundant while an earlier provision still waits
    const asking = taken.filter(
      ({ about, form, asked }) => news.has(about) || (!asked.believed && form === 'exchange'),
    );
    const asked = await this.provisions.ask(
      asking.map((each) => each.asked),
      trx,
    );
    return taken.map((each): Receipt => {
      const answer = asked[asking.indexOf(each)];
      if (!answer) return { status: 'duplicate' };
      if (answer.affected === 0) return { status: 'ignored', reason: 'it concerns no known product' };
      return { status: news.has(each.about) || answer.news ? 'accepted' : 'duplicate' };
    });
  }
}

function subjectOf({ kind, subject }: { kind: string; subject: string }): string {
  return `${kind} ${subject}`;
}

/** Events have their own ids. Exchanges have none: one that grants or revokes access may be a new action after any other exchange. */
function aboutOf(delivery: Delivery, hints: readonly Hint[], fingerprint: string): string {
  if (delivery.form !== 'exchange') return `event:${fingerprint}`;
  const [hint] = hints;
  return hint?.about === 'product' ? `product:${hint.ref.id}` : 'access';
}
