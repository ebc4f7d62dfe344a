import { Injectable } from '@nestjs/common';
import type { Executor, SubjectRow } from '../../database/schema.js';
import { EVERYONE } from '../../policy/names.js';
import { formatPath } from '../../policy/paths.js';
import { GrantsStore, type NamedGrant } from '../store/grants.store.js';
import { MembershipsStore } from '../store/memberships.store.js';
import type { SubjectKey } from '../subject-key.js';

/** A grant by which somebody reaches a path, and as whom: `user bob`, `group KBase`. */
export interface Reason {
  via: string;
  path: string;
  permission: 'read' | 'write';
}

/** Which grants let a subject reach a path. */
@Injectable()
export class Reach {
  constructor(
    private readonly grants: GrantsStore,
    private readonly memberships: MembershipsStore,
  ) {}

  /** Every grant that lets the subject reach the key: its own, and for a user those of its groups and of everyone. */
  async reasons(
    subject: Pick<SubjectRow, 'id' | 'kind' | 'name'>,
    path: { bucket: string; prefix: string },
    trx?: Executor,
  ): Promise<Reason[]> {
    const grants = await this.grants.covering(path, trx);
    if (grants.length === 0) return [];
    const groups = subject.kind === 'user' ? await this.memberships.groupsOf(subject.id, trx) : [];
    const roles = new Map(groups.map(({ group_id, role }) => [group_id, role]));
    return grants.flatMap((grant): Reason[] => {
      const permission = this.permissionOf(grant, subject, roles.get(grant.grantee_id));
      return permission ? [{ via: viaOf(granteeOf(grant)), path: pathOf(grant), permission }] : [];
    });
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
