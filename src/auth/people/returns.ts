import { Injectable } from '@nestjs/common';
import type { Actor, LoginProof } from '../../common/caller.js';

/** Ends the suspension of a user; false: the login is not valid enough for that. Without a login, somebody else asks for credentials of the user. */
export type ReturnHandler = (
  userName: string,
  login: LoginProof | undefined,
  actor: Actor,
) => Promise<boolean>;

/** Users who are suspended and log in. `auth` knows callers only: the layer above that suspends users registers what is done for them. */
@Injectable()
export class Returns {
  #handler: ReturnHandler | undefined;

  /** Registers the one handler, at the start. */
  register(handler: ReturnHandler): void {
    if (this.#handler) throw new Error('the returns of people have a handler already');
    this.#handler = handler;
  }

  /** Ends the suspension, if the login can. The request waits for it, because it needs what comes back. */
  async back(userName: string, login: LoginProof | undefined, actor: Actor): Promise<boolean> {
    return (await this.#handler?.(userName, login, actor)) ?? false;
  }
}
