import { Injectable } from '@nestjs/common';
import { Subjects } from '../../../access/desired/subjects.js';
import type { RequestActor } from '../../../auth/authenticated.js';
import { brokenRule, Problem } from '../../../common/problems/problem.js';
import { checkGroupName, principalOf } from '../../../policy/names.js';
import { parsePath } from '../../../policy/paths.js';
import type { Entitlement } from '../../roles/entitlement.js';
import { Roles } from '../../roles/roles.js';
import type { Operation, ProvisionKind, ProvisionResult, RunContext, ShownChange } from '../kind.js';
import { AccessRevokeInput, type RevokedEntitlement } from './access-revoke.dto.js';
import { MinioRevocation } from './minio-revocation.js';

/** The only application that is provisioned here. */
const APPLICATION = 'minio';
/** What MinIO takes for the name of a user or an access key, widely: what is none is simply not there. */
const NAME = /^[\x21-\x7e]{1,128}$/;

/** Takes exactly the listed things away, whoever gave them. */
@Injectable()
export class AccessRevokeKind implements ProvisionKind<AccessRevokeInput> {
  readonly name = 'access.revoke';
  readonly input = AccessRevokeInput;

  constructor(
    private readonly roles: Roles,
    private readonly subjects: Subjects,
    private readonly minio: MinioRevocation,
  ) {}

  subjectOf({ userId, appSpecificUserId }: AccessRevokeInput): string {
    return userId === null ? `minio:${appSpecificUserId ?? ''}` : `user:${userId}`;
  }

  async validate(input: AccessRevokeInput): Promise<void> {
    const { userId, applicationId, appSpecificUserId, entitlementsToRevoke } = input;
    if (applicationId !== APPLICATION) throw brokenRule('applicationId', `must be ${APPLICATION}`);
    if (userId === null && !appSpecificUserId)
      throw brokenRule('appSpecificUserId', 'must be given where userId is null');
    if (entitlementsToRevoke.length === 0)
      throw brokenRule('entitlementsToRevoke', 'must name at least one', 'malformed_request');
    entitlementsToRevoke.forEach(({ type, id }, index) => {
      const field = `entitlementsToRevoke.${index}`;
      if (userId === null && (type === 'group' || type === 'path'))
        throw brokenRule(`${field}.type`, 'needs a userId');
      if (type === 'group' && checkGroupName(id))
        throw brokenRule(`${field}.id`, 'must be the name of a group');
      if (!NAME.test(id) && (type === 'access_key' || type === 'user'))
        throw brokenRule(`${field}.id`, 'must be a name that MinIO may have');
      if (type === 'user' && userId !== null && id !== principalOf(userId))
        throw brokenRule(`${field}.id`, 'must be the MinIO user of userId');
      if (type === 'path' && !parsePath(id).ok) throw brokenRule(`${field}.id`, 'must be a path');
    });
    if (userId === null) return;
    const user = await this.subjects.find({ kind: 'user', name: userId });
    if (!user || user.status === 'removing') throw new Problem('not_found', 'There is no such user');
    if (appSpecificUserId !== undefined && appSpecificUserId !== user.principal)
      throw brokenRule('appSpecificUserId', 'must be the MinIO user of userId');
  }

  async plan(
    { userId, entitlementsToRevoke }: AccessRevokeInput,
    actor: RequestActor,
  ): Promise<ShownChange[]> {
    const plans: ShownChange[] = [];
    for (const { type, id } of entitlementsToRevoke) {
      if (type === 'access_key') plans.push(...(await this.minio.planAccessKey(id, userId)));
      else if (type === 'user') plans.push(...(await this.minio.planDisable(id, actor)));
      else plans.push(...(await this.roles.planRevoke(userId ?? '', entitlementOf(type, id), actor)));
    }
    return plans;
  }

  async apply(input: AccessRevokeInput, { actor }: RunContext): Promise<ProvisionResult> {
    const operations: Operation[] = [];
    for (const each of input.entitlementsToRevoke) {
      const taken = await this.revoke(input, each, actor);
      operations.push({
        entitlement: { type: each.type, id: each.id },
        action: 'revoke',
        ...(taken ? { status: 'done' } : { status: 'skipped', message: 'It was not there' }),
      });
    }
    return { operations };
  }

  private async revoke(
    { userId }: AccessRevokeInput,
    { type, id }: RevokedEntitlement,
    actor: RequestActor,
  ): Promise<boolean> {
    if (type === 'access_key') return this.minio.removeAccessKey(id, userId, actor);
    if (type === 'user') return this.minio.disableUser(id, actor);
    return this.roles.revoke(userId ?? '', entitlementOf(type, id), actor);
  }
}

/** How much of it is taken plays no part: all of it is. */
function entitlementOf(type: 'group' | 'path', id: string): Entitlement {
  return type === 'group' ? { type, group: id, role: 'member' } : { type, path: id, permission: 'read' };
}
