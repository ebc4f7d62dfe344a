import { Injectable } from '@nestjs/common';
import { IsISO8601, IsObject, IsString, IsUUID } from 'class-validator';
import { Problem } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import {
  Kind,
  type ProvisionKind,
  type ProvisionResult,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';
import { deliver } from '../standard-webhook.js';
import { isAllowed } from './callback-url.js';

export const CALLBACK_KIND = 'notify.callback';

/** A message for an address that a caller gave. */
export class CallbackInput {
  /** The same in each delivery, also after a redrive */
  @IsUUID()
  id!: string;

  /** Where it goes */
  @IsString()
  url!: string;

  /** What happened */
  @IsString()
  type!: string;

  /** When it happened, RFC 3339 */
  @IsISO8601()
  timestamp!: string;

  /** What is told: no secret */
  @IsObject()
  data!: Record<string, unknown>;
}

/** Tells a caller's own address of an end. Only `Callbacks` makes such provisions. */
@Kind(CALLBACK_KIND, CallbackInput, { requestable: false, instead: 'is made by what it tells of' })
@Injectable()
export class CallbackKind implements ProvisionKind<CallbackInput> {
  constructor(private readonly config: AppConfig) {}

  /** Messages to one address do not wait for each other. */
  subjectOf({ id }: CallbackInput): string {
    return `callback:${id}`;
  }

  plan(): Promise<ShownChange[]> {
    return Promise.resolve([]);
  }

  async apply({ id, url, type, timestamp, data }: CallbackInput): Promise<ProvisionResult> {
    const { origins, secret } = this.config.callbacks;
    // the list may be shorter by now
    if (!isAllowed(url, origins))
      throw new Problem('not_possible', 'PLAN_CALLBACK_ORIGINS does not allow the address');
    await deliver(url, { id, body: { type, timestamp, data }, secret: secret?.reveal() });
    return { operations: [] };
  }
}
