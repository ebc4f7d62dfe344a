import type { Actor } from '../../common/caller.js';
import type { Database, DataProductRow, Executor } from '../../database/schema.js';
import { appendAudit } from '../../database/sql/audit-event.js';
import { NOW } from '../../database/sql/clock.js';
import { newSalt } from '../../secrets/derivation.js';

const NOBODY = { database_shown_to: null, database_shown_email: null, database_shown_at: null } as const;
/** Columns of a product whose password nobody was shown. */
export const NOT_SHOWN = { ...NOBODY, database_salt: null } as const;

type Shown = Pick<DataProductRow, 'id' | 'subject_name' | 'database_role'>;

/** Who was shown the password of a product's login in PostgreSQL. */
export class ShownLoginsStore {
  constructor(private readonly db: Database) {}

  /** From now on the login has another password, which nobody has been shown. Who was shown the former one stays noted until it has ended. */
  async replace({ id }: Shown): Promise<string> {
    const database_salt = newSalt();
    await this.db.updateTable('data_product').set({ database_salt }).where('id', '=', id).execute();
    return database_salt;
  }

  /** Noted before it is shown: a password that nobody is noted for would outlive the ownership. */
  note(product: Shown, email: string | null, actor: Actor): Promise<void> {
    const shown = { database_shown_to: actor.name, database_shown_email: email, database_shown_at: NOW };
    return this.record(product, shown, 'data_product.database_login_shown', actor);
  }

  /** The password that was shown works no more, and its connections have ended. */
  ended(product: Shown, actor: Actor): Promise<void> {
    return this.record(product, NOBODY, 'data_product.database_login_ended', actor);
  }

  /** Products whose password an owner was shown. */
  async ofOwners(db: Executor): Promise<string[]> {
    const rows = await db
      .selectFrom('data_product')
      .select('id')
      .where('database_shown_email', 'is not', null)
      .execute();
    return rows.map(({ id }) => id);
  }

  private async record(
    { id, subject_name: name, database_role: role }: Shown,
    columns: typeof NOBODY | { database_shown_to: string; database_shown_email: string | null },
    action: string,
    actor: Actor,
  ): Promise<void> {
    const subject = name === null ? {} : { subject: { kind: 'data_product', name } };
    await this.db.transaction().execute(async (trx) => {
      await trx.updateTable('data_product').set(columns).where('id', '=', id).execute();
      await appendAudit(trx, actor, { action, ...subject, detail: { id, role } });
    });
  }
}
