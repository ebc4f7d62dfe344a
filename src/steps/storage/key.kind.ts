import { Injectable } from '@nestjs/common';
import { requireUserName } from '../../auth/user-name.pipe.js';
import type { Thing } from '../../common/problems/missing-things.js';
import { AppConfig } from '../../config/app-config.js';
import { AccessKeys } from '../../credentials/access-keys.js';
import { KeyHandouts } from '../../credentials/claims/key-handouts.js';
import type { IssuedAccessKeyDto } from '../../credentials/dto/access-key.dto.js';
import { STORAGE_KEY } from '../../documents/step-types/types/storage.js';
import type { LeftThing } from '../../provisioning/kinds/expected-things.js';
import {
  type AskContext,
  Kind,
  newlyMade,
  type Operation,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';
import { Deliveries, type Delivery, type DeliverSpec } from '../deliver/deliver.js';

/** The input of the step type `storage.key`. */
export interface KeyInput {
  user_name: string;
  name: string;
  expires_in_seconds: number;
  deliver: DeliverSpec;
}

const PARTS = ['access_key', 'secret_key', 'endpoint', 'region'];
const LOST = 'the name of its key is lost with a former master key; the key ends by itself';

/** Makes an access key of a user and delivers it: to the vault, or to a person who claims it later. */
@Kind(STORAGE_KEY.kind, STORAGE_KEY.input, { requestable: false, lasting: false })
@Injectable()
export class KeyKind implements ProvisionKind<KeyInput> {
  constructor(
    private readonly accessKeys: AccessKeys,
    private readonly handouts: KeyHandouts,
    private readonly deliveries: Deliveries,
    private readonly config: AppConfig,
  ) {}

  subjectOf({ user_name }: KeyInput): string {
    return `user:${user_name}`;
  }

  validate({ user_name, deliver }: KeyInput, context: AskContext): Promise<void> {
    requireUserName(user_name, this.config, 'user_name');
    if (deliver.claim) requireUserName(deliver.claim.to, this.config, 'deliver.claim.to');
    else this.deliveries.validate(deliver, context);
    return Promise.resolve();
  }

  async plan({ user_name, name, deliver }: KeyInput, context: AskContext): Promise<ShownChange[]> {
    const target = `user ${user_name}`;
    await this.requireUser(user_name, deliver, context);
    if (deliver.claim) {
      const after = { name, to: deliver.claim.to };
      return [{ change: 'offer_access_key', target, before: null, after }];
    }
    const made = { change: 'create_access_key', target, before: null, after: { name } };
    return [made, ...this.deliveries.plan(deliver, PARTS, context)];
  }

  needs({ user_name }: KeyInput): Thing[] {
    return [{ kind: 'user', name: user_name }];
  }

  leaves({ deliver }: Partial<KeyInput>, context: AskContext): LeftThing[] {
    return this.deliveries.leaves(deliver, context);
  }

  async apply(input: KeyInput, context: RunContext): Promise<ProvisionResult> {
    await this.accessKeys.requireHolder(input.user_name);
    if (input.deliver.claim) return this.offer(input, input.deliver.claim, context);
    const { endpoint, region, expiration, ...key } = await this.issue(input, context);
    const delivery = await this.deliver(input, { ...key, endpoint, region }, context);
    return {
      operations: [made(input, key.access_key), delivery.operation],
      outputs: { access_key: key.access_key, expires_at: expiration, delivered: delivery.reference },
    };
  }

  /** The key ends, also one that somebody has changed in the vault since: nobody else knows its secret. */
  async undo(input: KeyInput, done: ProvisionResult, context: RunContext): Promise<ProvisionResult> {
    const { actor, team } = context;
    const [key] = newlyMade(done);
    if (!key) return { operations: [] };
    const claim = done['claim_of'] as string | undefined;
    const name = claim === undefined ? key.entitlement['id'] : await this.handouts.withdraw(claim);
    if (typeof name === 'string') await this.accessKeys.remove(input.user_name, name, actor);
    const removed: Operation = { ...key, action: 'remove' };
    if (name === null) removed.message = 'nobody had claimed it';
    if (name === undefined) Object.assign(removed, { status: 'skipped', message: LOST });
    return { operations: [removed, ...(await this.deliveries.takeBack(done.operations, { team }))] };
  }

  private async requireUser(name: string, { claim }: DeliverSpec, { expected }: AskContext): Promise<void> {
    try {
      // the key of a claim is made later
      await (claim ? this.accessKeys.requireHolder(name) : this.accessKeys.requireIssuable(name));
    } catch (error) {
      if (!expected?.solves(error)) throw error;
    }
  }

  /** The name of the key is stored before the key exists: an attempt that comes after a crash ends that key and makes another one. */
  private issue(input: KeyInput, context: RunContext): Promise<IssuedAccessKeyDto> {
    const [former] = context.saved ? newlyMade(context.saved) : [];
    const naming = {
      open: () => Promise.resolve((former?.entitlement['id'] as string | undefined) ?? null),
      take: (_: string | null, accessKey: string) => context.save({ operations: [made(input, accessKey)] }),
    };
    const { user_name, name, expires_in_seconds } = input;
    const user = { kind: 'user', name: user_name } as const;
    return this.accessKeys.issueFor(user, name, expires_in_seconds, context.actor, naming);
  }

  /** A key that was not delivered is of no use to anybody, and ends. */
  private async deliver(
    { user_name, deliver }: KeyInput,
    { name: _, ...parts }: { name: string; access_key: string } & Record<string, string>,
    context: RunContext,
  ): Promise<Delivery> {
    try {
      return await this.deliveries.deliver(deliver, parts, context);
    } catch (error) {
      await this.accessKeys.remove(user_name, parts.access_key, context.actor);
      await context.save({ operations: [] });
      throw error;
    }
  }

  /** The key is made when it is claimed: until then there is nothing secret. */
  private offer(
    input: KeyInput,
    { to, expires_in_seconds }: NonNullable<DeliverSpec['claim']>,
    { provisionId }: RunContext,
  ): ProvisionResult {
    const until = new Date(Date.now() + expires_in_seconds * 1000).toISOString();
    const claim = { path: `/provisions/${provisionId}/claim`, to, expires_at: until };
    return { operations: [made(input)], claim_of: provisionId, outputs: { delivered: { claim } } };
  }
}

function made({ user_name, name }: KeyInput, accessKey?: string): Operation {
  const entitlement = { type: 'access_key', user_name, name, ...(accessKey && { id: accessKey }) };
  return { entitlement, action: 'create', status: 'done' };
}
