import { Injectable } from '@nestjs/common';
import { type RawBuilder, sql } from 'kysely';
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
        sql<boolean>`not ${madeBy(teamId, sql`step.type = 'storage.group' and lower(step.holds) = lower(subject.name)`)}`,
      )
      .execute();
    return new Set(rows.map(({ name }) => name));
  }

  /** Those of these names that are names of users, but for users that runs of this team made and who have never logged in as a person. */
  async usersOfOthers(names: readonly string[], teamId: string): Promise<Set<string>> {
    if (names.length === 0) return new Set();
    const rows = await this.db
      .selectFrom('subject')
      .leftJoin('login', 'login.user_id', 'subject.id')
      .select('subject.name')
      .where('subject.kind', '=', 'user')
      .where('subject.status', '!=', 'removed')
      .where(sql<boolean>`subject.name = any(${[...new Set(names)]}::text[])`)
      .where(
        sql<boolean>`(login.user_id is not null
          or not ${madeBy(teamId, sql`step.type = 'storage.principal' and step.holds = subject.name`)})`,
      )
      .execute();
    return new Set(rows.map(({ name }) => name));
  }
}

/** Whether a step of a run of the team made the subject, and not an earlier one of its name. */
function madeBy(teamId: string, isStep: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql`exists (
    select 1 from workflow_run run join workflow_step step on step.run_id = run.id
    join provision made on made.id = step.provision_id
    where run.team_id = ${teamId}::uuid and ${isStep}
      and made.status = 'completed' and made.provisioned_at >= subject.created_at
      and made.result->'operations' @> '[{"action": "create", "status": "done"}]')`;
}
