import { Injectable } from '@nestjs/common';
import { Database, type PortalWatchRow } from '../../database/schema.js';
import type { Portal } from './brake.js';
import { NOW } from '../../database/sql/clock.js';

/** The identity of the portal, and whether it is followed. */
@Injectable()
export class PortalWatchStore {
  constructor(private readonly db: Database) {}

  find(): Promise<PortalWatchRow | undefined> {
    return this.db.selectFrom('portal_watch').selectAll().executeTakeFirst();
  }

  /** Records that the portal is followed. */
  async release({ url, marks }: Portal): Promise<void> {
    const known = { url, marks: JSON.stringify(marks), braked_at: null, braked_why: null, updated_at: NOW };
    await this.db
      .insertInto('portal_watch')
      .values(known)
      .onConflict((conflict) => conflict.column('singleton').doUpdateSet(known))
      .execute();
  }

  /** Records that the portal is not followed; its earlier identity is kept. True: it was followed before, or braked for another reason. */
  async brake({ url }: Pick<Portal, 'url'>, why: string): Promise<boolean> {
    const braked = { braked_at: NOW, braked_why: why, updated_at: NOW };
    const rows = await this.db
      .insertInto('portal_watch')
      .values({ url, marks: '[]', ...braked })
      .onConflict((conflict) =>
        conflict
          .column('singleton')
          .doUpdateSet(braked)
          .where((eb) => eb('portal_watch.braked_why', 'is distinct from', why)),
      )
      .returning('url')
      .execute();
    return rows.length > 0;
  }
}
