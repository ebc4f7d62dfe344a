import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database, type Executor, type RoleRow } from '../database/schema.js';
import type { Entitlement } from './entitlement.js';
import { NOW } from '../database/sql/clock.js';

/** A role with its entitlements. */
export type Role = Omit<RoleRow, 'entitlements'> & { entitlements: Entitlement[] };

/** The roles of a user's last provision. */
export interface Assignment {
  user_id: string;
  roles: string[];
  /** Keys of entitlements that were revoked explicitly. */
  revoked: string[];
}

/** Roles, and their assignments to users. */
@Injectable()
export class RolesStore {
  constructor(private readonly db: Database) {}

  /** The existing roles with these names. */
  named(names: readonly string[], db: Executor = this.db): Promise<Role[]> {
    if (names.length === 0) return Promise.resolve([]);
    return db
      .selectFrom('role')
      .selectAll()
      .where('name', 'in', [...names])
      .execute() as Promise<unknown> as Promise<Role[]>;
  }

  /** The entitlements of all roles. */
  async entitlements(): Promise<Entitlement[]> {
    const roles = await this.db.selectFrom('role').select('entitlements').execute();
    return roles.flatMap(({ entitlements }) => entitlements as Entitlement[]);
  }

  /** A page by name. */
  list(limit: number, after: string | undefined): Promise<Role[]> {
    return this.db
      .selectFrom('role')
      .selectAll()
      .$if(after !== undefined, (query) => query.where(sql`name collate "C"`, '>', after ?? ''))
      .orderBy(sql`name collate "C"`)
      .limit(limit)
      .execute() as Promise<unknown> as Promise<Role[]>;
  }

  /** Writes a role; `created` is false if it existed. */
  async put(
    name: string,
    description: string | null,
    entitlements: readonly Entitlement[],
    db: Executor,
  ): Promise<{ role: Role; created: boolean }> {
    const text = JSON.stringify(entitlements);
    const row = await db
      .insertInto('role')
      .values({ name, description, entitlements: text })
      .onConflict((conflict) =>
        conflict.column('name').doUpdateSet({ description, entitlements: text, updated_at: NOW }),
      )
      .returningAll()
      .returning(sql<boolean>`xmax = 0`.as('created'))
      .executeTakeFirstOrThrow();
    const { created, ...role } = row;
    return { role: role as unknown as Role, created };
  }

  /** Users who were provisioned with the role, each with all roles. */
  usersOf(role: string, db: Executor): Promise<{ user_name: string; roles: string[] }[]> {
    return db
      .selectFrom('role_assignment')
      .innerJoin('subject', 'subject.id', 'role_assignment.user_id')
      .select(['subject.name as user_name', 'role_assignment.roles'])
      .where('subject.status', 'in', ['active', 'disabled'])
      .where(sql<boolean>`role_assignment.roles @> ${JSON.stringify([role])}::jsonb`)
      .orderBy('subject.name')
      .execute();
  }

  async assignment(userId: string, db: Executor = this.db): Promise<Assignment | undefined> {
    const row = await db
      .selectFrom('role_assignment')
      .select(['user_id', 'roles', 'revoked'])
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return row as Assignment | undefined;
  }

  async assign({ user_id, roles, revoked }: Assignment, db: Executor): Promise<void> {
    const values = { roles: JSON.stringify(roles), revoked: JSON.stringify(revoked) };
    await db
      .insertInto('role_assignment')
      .values({ user_id, ...values })
      .onConflict((conflict) => conflict.column('user_id').doUpdateSet({ ...values, updated_at: NOW }))
      .execute();
  }
}
