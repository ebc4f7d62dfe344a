import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../../database/schema.js';

/** Names that belong to somebody. */
@Injectable()
export class TakenNamesStore {
  constructor(private readonly db: Database) {}

  /** Those of these names, in lower case, that are names of groups, but for groups that runs of this team made. */
  async groupsOfOthers(names: readonly string[], teamId: string): Promise<Set<string>> {
    if (names.length === 0) return new Set();
    const rows = await this.db
      .selectFrom('subject')
      .select(sql<string>`lower(name)`.as('name'))
      .where('kind', '=', 'group')
      .where('status', '!=', 'removed')
      .where(sql<boolean>`lower(name) = any(${[...new Set(names)]}::text[])`)
      .where(
        sql<boolean>`not exists (
          select 1 from workflow_run run join workflow_step step on step.run_id = run.id
          join provision made on made.id = step.provision_id
          where run.team_id = ${teamId}::uuid and step.type = 'storage.group' and lower(step.holds) = lower(subject.name)
            and made.status = 'completed' and made.provisioned_at >= subject.created_at
            and made.result->'operations' @> '[{"action": "create", "status": "done"}]')`,
      )
      .execute();
    return new Set(rows.map(({ name }) => name));
  }

  /** Those of these names that are names of people: of users who have logged in. */
  async people(names: readonly string[]): Promise<Set<string>> {
    if (names.length === 0) return new Set();
    const rows = await this.db
      .selectFrom('subject')
      .innerJoin('login', 'login.user_id', 'subject.id')
      .select('subject.name')
      .where('subject.kind', '=', 'user')
      .where('subject.status', '!=', 'removed')
      .where(sql<boolean>`subject.name = any(${[...new Set(names)]}::text[])`)
      .execute();
    return new Set(rows.map(({ name }) => name));
  }
}
