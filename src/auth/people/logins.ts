import { Injectable } from '@nestjs/common';
import type { Actor, Caller } from '../../common/caller.js';

/** What is done about the groups that a login names. */
export type LoginHandler = (caller: Caller, actor: Actor) => Promise<void>;

/**
 * Logins whose groups have not been followed yet. The check of a token makes one caller, which serves its requests until the next check, so
 * the groups are compared once for each check and process, and not at each request.
 */
@Injectable()
export class Logins {
  #handler: LoginHandler | undefined;
  readonly #followed = new WeakSet<Caller>();
  readonly #following = new WeakMap<Caller, Promise<void>>();

  /** Registers the one handler, at the start. */
  register(handler: LoginHandler): void {
    if (this.#handler) throw new Error('the groups of logins have a handler already');
    this.#handler = handler;
  }

  /** Whether the groups of this login must be followed before the request goes on. */
  isNew(caller: Caller): boolean {
    return caller.loginGroups !== undefined && !this.#followed.has(caller);
  }

  /** Follows the groups of a new login. The request waits for it, because its answer may depend on them. */
  async follow(caller: Caller, actor: Actor): Promise<void> {
    if (!this.#handler || !this.isNew(caller)) return;
    const following =
      this.#following.get(caller) ??
      this.#handler(caller, actor)
        .then(() => void this.#followed.add(caller))
        .finally(() => this.#following.delete(caller));
    this.#following.set(caller, following);
    await following;
  }
}
