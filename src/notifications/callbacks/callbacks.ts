import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../../common/caller.js';
import { brokenRule } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import type { Executor } from '../../database/schema.js';
import { Provisions } from '../../provisioning/records/provisions.js';
import { CALLBACK_KIND, type CallbackInput } from './callback.kind.js';
import { isAllowed } from './callback-url.js';

/** Tells addresses that callers gave of what they asked for. */
@Injectable()
export class Callbacks {
  constructor(
    private readonly provisions: Provisions,
    private readonly config: AppConfig,
  ) {}

  /** Throws 422 for an address that the configuration does not allow. */
  requireAllowed(url: string, field: string): void {
    const { origins } = this.config.callbacks;
    if (isAllowed(url, origins)) return;
    const allowed = origins.length > 0 ? origins.join(', ') : 'none: PLAN_CALLBACK_ORIGINS is not set';
    throw brokenRule(field, `must be an address, without a user, below one of: ${allowed}`);
  }

  /** Records the message in the caller's transaction; it is delivered after the commit, and again until the receiver takes it. */
  async tell(message: Omit<CallbackInput, 'id'>, actor: Actor, trx: Executor): Promise<void> {
    const id = randomUUID();
    const request = { kind: CALLBACK_KIND, subject: `callback:${id}`, input: { id, ...message } };
    await this.provisions.accept({ ...request, origin: 'api' }, actor, trx);
  }
}
