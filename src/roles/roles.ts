import { Injectable } from '@nestjs/common';
import type { Mutation } from '../access/changes/writer.js';
import { Subjects } from '../access/subjects/subjects.js';
import type { RequestContext } from '../auth/authenticated.js';
import { Problem } from '../common/problems/problem.js';
import { AppConfig } from '../config/app-config.js';
import type { Executor, SubjectRow } from '../database/schema.js';
import { forUser, homeOwner, parseGrantPath } from '../policy/paths.js';
import type { Operation } from '../provisioning/kinds/kind.js';
import {
  type Entitlement,
  entitlementsFor,
  groupKey,
  keyOf,
  type PathEntitlement,
  pathKey,
  pathOf,
  union,
} from './entitlement.js';
import { RoleAccess } from './role-access.js';
import { RolesStore } from './roles.store.js';

/** Gives users the entitlements of their roles. */
@Injectable()
export class Roles {
  constructor(
    private readonly store: RolesStore,
    private readonly access: RoleAccess,
    private readonly subjects: Subjects,
    private readonly config: AppConfig,
  ) {}

  /** Throws 404 for an unknown user and 422 for an unknown role. */
  async requireKnown(userName: string, roles: readonly string[]): Promise<void> {
    await this.entitlementsOf(roles);
    await this.subjects.requireStayingUser(userName);
  }

  /** Whether some role gives the user a group, or a path (as a folder or as an object). */
  async given(userName: string): Promise<(type: Entitlement['type'], id: string) => boolean> {
    const all = entitlementsFor(await this.store.entitlements(), userName, this.config.lake);
    const keys = new Set(all.map(keyOf));
    return (type, id) => {
      if (type === 'group') return keys.has(groupKey(id));
      const parsed = parseGrantPath(forUser(id, userName));
      return parsed.ok && keys.has(pathKey(parsed.path));
    };
  }

  /** Gives the user exactly the entitlements of these roles. `anew`: including those that were revoked explicitly. */
  async assign(
    userName: string,
    roles: readonly string[],
    context: RequestContext,
    anew: boolean,
  ): Promise<Mutation<Operation[]>> {
    const named = await this.entitlementsOf(roles);
    const all = union(entitlementsFor(named, userName, this.config.lake));
    const user = await this.subjects.find({ kind: 'user', name: userName });
    const before = user && !anew ? await this.store.assignment(user.id) : undefined;
    const revoked = before?.revoked ?? [];
    const wanted = all.filter((each) => !revoked.includes(keyOf(each)));
    return this.access.replace(userName, wanted, {
      actor: context,
      homeOf: (path) => this.homeOf(path),
      also: (row, trx) => this.store.assign({ user_id: row.id, roles: [...roles], revoked }, trx),
    });
  }

  /** Revokes one entitlement of the user; no role gives it back until the user is provisioned again. False: the user did not have it. */
  revoke(userName: string, entitlement: Entitlement, context: RequestContext): Mutation<boolean> {
    const also = (user: SubjectRow, trx: Executor) => this.override(user, keyOf(entitlement), trx);
    return entitlement.type === 'group'
      ? this.access.revokeGroup(userName, entitlement.group, context, also)
      : this.access.revokePath(userName, entitlement, context, also);
  }

  private async override(user: SubjectRow, key: string, trx: Executor): Promise<void> {
    const before = await this.store.assignment(user.id, trx);
    if (!before) return;
    await this.store.assign({ ...before, revoked: [...new Set([...before.revoked, key])] }, trx);
  }

  private async entitlementsOf(names: readonly string[]): Promise<Entitlement[]> {
    const roles = await this.store.named(names);
    const known = new Set(roles.map(({ name }) => name));
    const errors = names.flatMap((name, index) =>
      known.has(name) ? [] : [{ field: `roles.${index}`, rule: 'names a role that does not exist' }],
    );
    if (errors.length > 0)
      throw new Problem('unprocessable', 'roles: names a role that does not exist', { errors });
    return roles.flatMap(({ entitlements }) => entitlements);
  }

  private homeOf(path: PathEntitlement): string | undefined {
    return homeOwner(pathOf(path), this.config.lake);
  }
}
