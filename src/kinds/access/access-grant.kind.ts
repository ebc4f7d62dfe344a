import { Injectable } from '@nestjs/common';
import { AccessWriter } from '../../access/changes/writer.js';
import type { RequestContext } from '../../auth/authenticated.js';
import type { Thing } from '../../common/problems/missing-things.js';
import { Roles } from '../../roles/roles.js';
import { AccessGrantInput } from './access-grant.dto.js';
import {
  enforced,
  Kind,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';

/** Gives a user exactly the entitlements of its roles. */
@Kind('access.grant', AccessGrantInput)
@Injectable()
export class AccessGrantKind implements ProvisionKind<AccessGrantInput> {
  constructor(
    private readonly roles: Roles,
    private readonly writer: AccessWriter,
  ) {}

  subjectOf({ userId }: AccessGrantInput): string {
    return `user:${userId}`;
  }

  validate({ userId, roles }: AccessGrantInput): Promise<void> {
    return this.roles.requireKnown(userId, roles);
  }

  async plan({ userId, roles }: AccessGrantInput, context: RequestContext): Promise<ShownChange[]> {
    return this.writer.plan(await this.roles.assign(userId, roles, context, true), context);
  }

  needs({ userId }: AccessGrantInput): Thing[] {
    return [{ kind: 'user', name: userId }];
  }

  async apply({ userId, roles }: AccessGrantInput, { actor, origin }: RunContext): Promise<ProvisionResult> {
    // a changed role does not restore entitlements that were revoked explicitly
    const mutation = await this.roles.assign(userId, roles, actor, origin !== 'role');
    return { operations: enforced(await this.writer.run(mutation, actor)) };
  }
}
