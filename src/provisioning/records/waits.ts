import { Injectable } from '@nestjs/common';
import type { Executor, ProvisionRow } from '../../database/schema.js';
import { Dispatch } from '../queue/dispatch.js';
import { type CheckedRequest, hashOf } from './provisions.js';
import { WaitsStore } from './waits.store.js';

/** Lets a provision wait for others of which it is not the whole: several may wait for one. */
@Injectable()
export class Waits {
  constructor(
    private readonly store: WaitsStore,
    private readonly dispatch: Dispatch,
  ) {}

  /**
   * The provision that makes an equal request needless, locked until the transaction ends: the last of its subject that has not ended, if it
   * has the same kind and input, was requested by somebody or for a plan, and is no step of a run, which could take it back.
   */
  async equalTo(request: CheckedRequest, trx: Executor): Promise<ProvisionRow | undefined> {
    const last = await this.store.lastOf(request.subject, trx);
    const isAsked = last?.wakes === null && (last.origin === 'api' || last.origin === 'plan');
    return isAsked && hashOf(last) === hashOf(asStored(request)) ? last : undefined;
  }

  /** The provision `waiterId` goes on when this one has ended, too. */
  async on(provisionId: string, waiterId: string, trx: Executor): Promise<void> {
    await this.store.add(provisionId, waiterId, trx);
  }

  /** A provision, locked until the transaction ends. */
  async locked(id: string, trx: Executor): Promise<Pick<ProvisionRow, 'status'>> {
    return this.store.lock(id, trx);
  }

  /** The same for one that may have ended since it was read: then the waiter goes on at once. */
  async onOrGoOn(provisionId: string, waiterId: string, trx: Executor): Promise<void> {
    await this.on(provisionId, waiterId, trx);
    await this.goOnIfAlone(waiterId, trx);
  }

  /** The last provision of the same subject that was accepted before this one and has not ended; undefined: there is none. */
  openBefore(id: string): Promise<string | undefined> {
    return this.store.openBefore(id);
  }

  /** Whether it has waited for a provision that has ended. */
  hasWaited(waiterId: string): Promise<boolean> {
    return this.store.hasWaited(waiterId);
  }

  /** Call it in the transaction that lets it wait, if what it waits for may have ended since it was read. */
  async goOnIfAlone(waiterId: string, trx: Executor): Promise<void> {
    const woken = await this.store.wakeIfAlone(waiterId, trx);
    if (woken) await this.dispatch.send(woken, trx);
  }
}

/** With the input as its row will have it: without fields that are undefined. */
function asStored({ kind, input }: CheckedRequest): Pick<CheckedRequest, 'kind' | 'input'> {
  return { kind, input: JSON.parse(JSON.stringify(input)) as object };
}
