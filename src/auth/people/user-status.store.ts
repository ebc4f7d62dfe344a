import { Injectable } from '@nestjs/common';
import { Database, type SubjectRow } from '../../database/schema.js';

/** The status of users. Read for every request of a person, so that a change takes effect at once and on every replica. */
@Injectable()
export class UserStatusStore {
  constructor(private readonly db: Database) {}

  /** The status of the row, `removing` until the user and its data are gone; undefined for a name without a row. */
  async of(userName: string): Promise<SubjectRow['status'] | undefined> {
    const rows = await this.db
      .selectFrom('subject')
      .select('status')
      .where('kind', '=', 'user')
      .where('name', '=', userName)
      .where('status', '!=', 'removed')
      .unionAll((union) =>
        union
          .selectFrom('data_deletion')
          .select((eb) => eb.val<SubjectRow['status']>('removing').as('status'))
          .where('subject_kind', '=', 'user')
          .where('subject_name', '=', userName)
          .where('state', 'in', ['pending', 'running']),
      )
      .limit(2)
      .execute();
    const statuses = rows.map(({ status }) => status);
    return statuses.find((status) => status !== 'active') ?? statuses[0];
  }
}
