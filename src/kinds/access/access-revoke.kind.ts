import { Injectable } from '@nestjs/common';
import { AccessWriter, type Mutation } from '../../access/changes/writer.js';
import { Subjects } from '../../access/subjects/subjects.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { brokenRule } from '../../common/problems/problem.js';
import { checkGroupName, principalOf } from '../../policy/names.js';
import { forUser, parseGrantPath } from '../../policy/paths.js';
import type { Entitlement } from '../../roles/entitlement.js';
import { Roles } from '../../roles/roles.js';
import {
  enforced,
  Kind,
  type Operation,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';
import { AccessRevokeInput, type RevokedEntitlement } from './access-revoke.dto.js';
import { MinioRevocation } from './minio-revocation.js';

/** The only application that this service provisions. */
const APPLICATION = 'minio';
/** The longest name that MinIO can store. */
const MAX_NAME_BYTES = 255;
/** Not allowed in names: control characters and unpaired surrogates. */
const NOT_IN_NAMES = /[\p{Cc}\p{Cs}]/u;

/** Revokes exactly the listed entitlements, whether a role or a person gave them. */
@Kind('access.revoke', AccessRevokeInput)
@Injectable()
export class AccessRevokeKind implements ProvisionKind<AccessRevokeInput> {
  constructor(
    private readonly roles: Roles,
    private readonly subjects: Subjects,
    private readonly minio: MinioRevocation,
    private readonly writer: AccessWriter,
  ) {}

  subjectOf({ userId, appSpecificUserId }: AccessRevokeInput): string {
    return userId === null ? `minio:${appSpecificUserId ?? ''}` : `user:${userId}`;
  }

  async validate(input: AccessRevokeInput): Promise<void> {
    const { userId, applicationId, appSpecificUserId, entitlementsToRevoke } = input;
    if (applicationId !== APPLICATION) throw brokenRule('applicationId', `must be ${APPLICATION}`);
    if (userId === null && !appSpecificUserId)
      throw brokenRule('appSpecificUserId', 'is required if userId is null');
    if (entitlementsToRevoke.length === 0)
      throw brokenRule('entitlementsToRevoke', 'must name at least one', 'malformed_request');
    entitlementsToRevoke.forEach(({ type, id }, index) => {
      const field = `entitlementsToRevoke.${index}`;
      if (userId === null && (type === 'group' || type === 'path'))
        throw brokenRule(`${field}.type`, 'needs a userId');
      if (type !== 'path' && !isName(id)) throw brokenRule(`${field}.id`, 'must be a name that MinIO allows');
      if (type === 'group' && (checkGroupName(id)?.code === 'reserved_name' || isOurs(id)))
        throw brokenRule(`${field}.id`, 'must be the name of a group that people belong to');
      if (type === 'user' && userId !== null && id !== principalOf(userId))
        throw brokenRule(`${field}.id`, 'must be the MinIO user of userId');
      if (type === 'path' && !parseGrantPath(id).ok) throw brokenRule(`${field}.id`, 'must be a path');
    });
    if (userId === null) return;
    const user = await this.subjects.requireStayingUser(userId);
    if (appSpecificUserId !== undefined && appSpecificUserId !== user.principal)
      throw brokenRule('appSpecificUserId', 'must be the MinIO user of userId');
  }

  async plan(
    { userId, entitlementsToRevoke }: AccessRevokeInput,
    context: RequestContext,
  ): Promise<ShownChange[]> {
    const plans: ShownChange[] = [];
    for (const { type, id } of entitlementsToRevoke) {
      if (type === 'access_key') plans.push(...(await this.minio.planAccessKey(id, userId)));
      else if (type === 'user') plans.push(...(await this.minio.planDisable(id, context)));
      else if (type === 'group' && (await this.isForeign(id)))
        plans.push(...(await this.minio.planLeave(id, userId ?? '')));
      else plans.push(...(await this.writer.plan(this.revocation(userId, type, id, context), context)));
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

  /** Whether this service has no such group: MinIO may have a foreign group with this name. */
  private async isForeign(group: string): Promise<boolean> {
    return checkGroupName(group) !== undefined || !(await this.subjects.find({ kind: 'group', name: group }));
  }

  private async revoke(
    { userId }: AccessRevokeInput,
    { type, id }: RevokedEntitlement,
    context: RequestContext,
  ): Promise<boolean> {
    if (type === 'access_key') return this.minio.removeAccessKey(id, userId, context);
    if (type === 'user') return this.minio.disableUser(id, context);
    if (type === 'group' && (await this.isForeign(id)))
      return this.minio.leaveGroup(id, userId ?? '', context);
    return enforced(await this.writer.run(this.revocation(userId, type, id, context), context));
  }

  /** The role and permission of the entitlement do not matter: the whole entitlement is revoked. */
  private revocation(
    userId: string | null,
    type: 'group' | 'path',
    id: string,
    context: RequestContext,
  ): Mutation<boolean> {
    const entitlement: Entitlement =
      type === 'group'
        ? { type, group: id, role: 'member' }
        : { type, path: forUser(id, userId ?? ''), permission: 'read' };
    return this.roles.revoke(userId ?? '', entitlement, context);
  }
}

/** A loose check for names that MinIO allows: an object with any other name does not exist. */
function isName(text: string): boolean {
  return text !== '' && Buffer.byteLength(text) <= MAX_NAME_BYTES && !NOT_IN_NAMES.test(text);
}

/** The MinIO groups that implement our groups: their members follow from our groups. */
function isOurs(group: string): boolean {
  return group.startsWith('mgr:');
}
