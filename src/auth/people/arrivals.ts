import { Injectable } from '@nestjs/common';
import type { Actor, Caller } from '../../common/caller.js';

/** What is done at a person's first call. It may run for one person at the same time in several requests and processes. */
export type ArrivalHandler = (caller: Caller, actor: Actor) => Promise<void>;

/** People who have no row here yet. `auth` knows callers only: the layer above that owns users registers what is done for them. */
@Injectable()
export class Arrivals {
  #handler: ArrivalHandler | undefined;

  /** Registers the one handler, at the start. */
  register(handler: ArrivalHandler): void {
    if (this.#handler) throw new Error('the arrivals of people have a handler already');
    this.#handler = handler;
  }

  /** Runs the handler. The request waits for it, because what it makes is what the request needs. */
  async arrive(caller: Caller, actor: Actor): Promise<void> {
    await this.#handler?.(caller, actor);
  }
}
