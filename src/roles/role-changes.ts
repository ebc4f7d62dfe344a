import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../auth/authenticated.js';
import { brokenRule } from '../common/problems/problem.js';
import { AppConfig } from '../config/app-config.js';
import { appendAudit } from '../database/sql/audit-event.js';
import { Database } from '../database/schema.js';
import { isGrantable } from '../policy/grants/grantable.js';
import { checkGroupName } from '../policy/names.js';
import { formatPath, isForEachUser, namesUser, parseGrantPath } from '../policy/paths.js';
import { Provisions } from '../provisioning/records/provisions.js';
import type { Entitlement } from './entitlement.js';
import type { EntitlementDto, RoleRequestDto } from './role.dto.js';
import { type Role, RolesStore } from './roles.store.js';

/** Saves roles; users who have a changed role are provisioned again, in the same transaction. */
@Injectable()
export class RoleChanges {
  constructor(
    private readonly db: Database,
    private readonly store: RolesStore,
    private readonly provisions: Provisions,
    private readonly config: AppConfig,
  ) {}

  async put(
    name: string,
    body: RoleRequestDto,
    context: RequestContext,
  ): Promise<{ role: Role; created: boolean }> {
    const entitlements = body.entitlements.map((each, index) => this.read(each, `entitlements.${index}`));
    return this.db.transaction().execute(async (trx) => {
      const saved = await this.store.put(name, body.description ?? null, entitlements, trx);
      const detail = { entitlements: entitlements.length };
      await appendAudit(trx, context, { action: 'role.saved', subject: { kind: 'role', name }, detail });
      for (const { user_name: userId, roles } of await this.store.usersOf(name, trx)) {
        const request = {
          kind: 'access.grant',
          input: { userId, roles },
          origin: 'role',
          subject: `user:${userId}`,
          metadata: { role: name },
        } as const;
        await this.provisions.accept(request, context, trx);
      }
      return saved;
    });
  }

  private read({ type, group, role, path, permission }: EntitlementDto, field: string): Entitlement {
    if (type === 'group') {
      if (path !== undefined || permission !== undefined)
        throw brokenRule(field, 'of type group has neither path nor permission');
      const problem = checkGroupName(group);
      if (problem)
        throw brokenRule(
          `${field}.group`,
          problem.rule,
          problem.code === 'reserved_name' ? 'reserved_name' : 'unprocessable',
        );
      return { type, group: group as string, role: role ?? 'member' };
    }
    if (group !== undefined || role !== undefined)
      throw brokenRule(field, 'of type path has neither group nor role');
    if (permission === undefined) throw brokenRule(`${field}.permission`, 'must be read or write');
    const parsed = parseGrantPath(path ?? '');
    if (!parsed.ok) throw brokenRule(`${field}.path`, parsed.rule);
    if (!isGrantable(parsed.path.bucket, this.config.lake))
      throw brokenRule(`${field}.path`, 'must lie in a bucket of GRANTABLE_BUCKETS');
    if (namesUser(parsed.path.prefix) && !isForEachUser(parsed.path, this.config.lake))
      throw brokenRule(`${field}.path`, 'with {user} must lie in no home except that of {user}');
    return { type, path: formatPath(parsed.path), permission };
  }
}
