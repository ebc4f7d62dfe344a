import { Injectable } from '@nestjs/common';
import { Database } from '../../database/schema.js';

/** People last seen with an admin role. Service tokens never act for them. */
@Injectable()
export class KnownAdminsStore {
  constructor(private readonly db: Database) {}

  /** Records whether a person holds an admin role now. */
  async note(userName: string, admin: boolean): Promise<void> {
    if (admin) {
      await this.db
        .insertInto('known_admin')
        .values({ user_name: userName })
        .onConflict((conflict) => conflict.column('user_name').doNothing())
        .execute();
    } else {
      await this.db.deleteFrom('known_admin').where('user_name', '=', userName).execute();
    }
  }

  async has(userName: string): Promise<boolean> {
    const row = await this.db
      .selectFrom('known_admin')
      .select('user_name')
      .where('user_name', '=', userName)
      .executeTakeFirst();
    return row !== undefined;
  }
}
