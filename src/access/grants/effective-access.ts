import { Injectable } from '@nestjs/common';
import type { Executor, SubjectRow } from '../../database/schema.js';
import { EVERYONE } from '../../policy/names.js';
import { formatPath } from '../../policy/paths.js';
import { GrantLookupsStore, type NamedGrant } from './grant-lookups.store.js';
import { MembershipsStore } from '../memberships/memberships.store.js';
import type { SubjectKey } from '../subjects/subject-key.js';

/** A grant by which a user or group reaches a path, and through what: `user bob`, `group KBase`. */
export interface Reason {
  via: string;
  path: string;
  permission: 'read' | 'write';
}

type Accessor = Pick<SubjectRow, 'id' | 'kind' | 'name'>;

/** Which grants let a subject reach a path. */
@Injectable()
export class EffectiveAccess {
  constructor(
    private readonly grants: GrantLookupsStore,
    private readonly memberships: MembershipsStore,
  ) {}

  /** By id of the subject: every grant that lets it reach the key, its own, and for a user those of its groups and of everyone. */
  async reasonsOf(
    subjects: readonly Accessor[],
    path: { bucket: string; prefix: string },
    trx?: Executor,
  ): Promise<Map<string, Reason[]>> {
    const grants = await this.grants.covering(path, trx);
    if (grants.length === 0) return new Map();
    const users = subjects.filter(({ kind }) => kind === 'user').map(({ id }) => id);
    const roles = new Map(
      (await this.memberships.rolesOf(users, trx)).map((each) => [
        `${each.user_id} ${each.group_id}`,
        each.role,
      ]),
    );
    const reasonsOf = (subject: Accessor): Reason[] =>
      grants.flatMap((grant): Reason[] => {
        const role = roles.get(`${subject.id} ${grant.grantee_id}`);
        const permission = this.permissionOf(grant, subject, role);
        return permission ? [{ via: viaOf(granteeOf(grant)), path: pathOf(grant), permission }] : [];
      });
    return new Map(subjects.map((subject) => [subject.id, reasonsOf(subject)]));
  }

  private permissionOf(
    grant: NamedGrant,
    subject: Pick<SubjectRow, 'id' | 'kind'>,
    role: 'member' | 'reader' | 'owner' | undefined,
  ): 'read' | 'write' | undefined {
    if (grant.grantee_id === subject.id) return grant.permission;
    if (subject.kind === 'group') return undefined;
    if (role) return role === 'reader' ? 'read' : grant.permission;
    return grant.grantee_kind === 'group' && grant.grantee_name === EVERYONE ? grant.permission : undefined;
  }
}

function granteeOf({ grantee_kind: kind, grantee_name: name }: NamedGrant): SubjectKey {
  return { kind, name };
}

export function viaOf({ kind, name }: SubjectKey): string {
  return kind === 'group' && name === EVERYONE ? EVERYONE : `${kind} ${name}`;
}

export function pathOf({ bucket, prefix, folder }: Pick<NamedGrant, 'bucket' | 'prefix' | 'folder'>): string {
  return formatPath({ bucket, prefix, folder });
}
