import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { AdminTargets } from '../../auth/people/admin-targets.js';
import { noSuch, Problem } from '../../common/problems/problem.js';
import type { ProvisionRow } from '../../database/schema.js';
import type { AccessGrantInput } from './access-grant.dto.js';
import type { AccessRevokeInput } from './access-revoke.dto.js';
import { Roles } from '../../roles/roles.js';

/**
 * Limits a service token with the scope `provision` to the roles of people who hold no admin role, and to the entitlements that roles give.
 * Everything else needs an administrator, whose requests pass.
 */
@Injectable()
export class ProvisionScope {
  constructor(
    private readonly admins: AdminTargets,
    private readonly roles: Roles,
  ) {}

  /** Throws `admin_target`. */
  async requireGrant({ userId }: AccessGrantInput, context: RequestContext): Promise<void> {
    if (!context.caller.admin) await this.admins.refuse(userId);
  }

  /** Throws `admin_target`, and `insufficient_scope` for an entitlement that no role gives. */
  async requireRevoke(
    { userId, entitlementsToRevoke }: AccessRevokeInput,
    context: RequestContext,
  ): Promise<void> {
    if (context.caller.admin) return;
    if (userId === null) throw beyond('userId', 'must name a user');
    await this.admins.refuse(userId);
    const gives = await this.roles.given(userId);
    entitlementsToRevoke.forEach((each, index) => {
      const field = `entitlementsToRevoke.${index}`;
      if (each.type === 'user' || each.type === 'access_key')
        throw beyond(`${field}.type`, 'must be group or path');
      if (!gives(each.type, each.id)) throw beyond(`${field}.id`, 'must be an entitlement of some role');
    });
  }

  /** Throws `insufficient_scope` for a kind of provision that needs an administrator. */
  requireKind(kind: string, { caller }: RequestContext, field = 'kind'): void {
    if (!caller.admin && kind !== 'access.grant' && kind !== 'access.revoke')
      throw beyond(field, 'must be access.grant or access.revoke');
  }

  /** The same, and the limits of its kind for an input that was read. */
  async requireInput(kind: string, input: object, context: RequestContext): Promise<void> {
    this.requireKind(kind, context);
    if (kind === 'access.grant') await this.requireGrant(input as AccessGrantInput, context);
    if (kind === 'access.revoke') await this.requireRevoke(input as AccessRevokeInput, context);
  }

  /** Throws `not_found` for another caller's task. */
  requireOwn({ requested_by, requested_by_kind }: ProvisionRow, { name, caller }: RequestContext): void {
    if (caller.admin || (requested_by === name && requested_by_kind === caller.kind)) return;
    throw noSuch('provision');
  }
}

function beyond(field: string, rule: string): Problem {
  return new Problem('insufficient_scope', `With the scope provision ${field} ${rule}`, {
    errors: [{ field, rule }],
  });
}
