import { Injectable } from '@nestjs/common';
import { Database, type SubjectRow } from '../../database/schema.js';

/** What bars a user, or not. */
export type UserStatus = Pick<SubjectRow, 'status' | 'suspended'>;

/** The status of users. Read for every request of a person, so that a change takes effect at once and on every replica. */
@Injectable()
export class UserStatusStore {
  constructor(private readonly db: Database) {}

  /** The status of the row, `removing` until the user and its data are gone; undefined for a name without a row. */
  async of(userName: string): Promise<UserStatus | undefined> {
    const rows = await this.db
      .selectFrom('subject')
      .select(['status', 'suspended'])
      .where('kind', '=', 'user')
      .where('name', '=', userName)
      .where('status', '!=', 'removed')
      .unionAll((union) =>
        union
          .selectFrom('data_deletion')
          .select((eb) => [
            eb.val<SubjectRow['status']>('removing').as('status'),
            eb.val<SubjectRow['suspended']>(null).as('suspended'),
          ])
          .where('subject_kind', '=', 'user')
          .where('subject_name', '=', userName)
          .where('state', 'in', ['pending', 'running']),
      )
      .limit(2)
      .execute();
    return rows.find(({ status }) => status !== 'active') ?? rows[0];
  }
}
