import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import type { DataProductRow } from '../../database/schema.js';
import { endLogin, followGroups, leave, membershipsOf } from '../../targets/postgres/logins.js';
import { dropMarked, dropSchema } from '../../targets/postgres/owned-schemas.js';
import type { PostgresSession } from '../../targets/postgres/session.js';
import { DataProductsStore } from '../products/data-products.store.js';
import { isLogin, isReaders, loginOf, ownedSchema } from './marks.js';
import { ProductServer } from './product-server.js';

const NOT_SET = 'PRODUCTS_POSTGRES_TARGET is not set any more: what it has in PostgreSQL stays';

/** Takes back what a deleted product has in PostgreSQL, after its principal is gone: from then on nobody makes it again. */
@Injectable()
export class SchemaRemoval {
  constructor(
    private readonly server: ProductServer,
    private readonly config: AppConfig,
    private readonly products: DataProductsStore,
  ) {}

  /** Its login, and what others read of its schema, end; the schema stays. */
  async end({ id }: DataProductRow): Promise<void> {
    const { subject_name: name, prefix, database_role: role } = await this.now(id);
    if (name === null || role === null) return;
    if (!this.server.isConfigured) return this.products.change(id, { database_problem: NOT_SET });
    const { mark } = loginOf(prefix, name);
    await this.server.in(role, async (session) => {
      if (prefix !== null) await endReading(session, ownedSchema(prefix).reader);
      await followGroups(session, role, [], isReaders);
      await endLogin(session, role, mark);
      if (prefix === null) await dropMarked(session, role, mark);
    });
    if (prefix === null) await this.products.change(id, { database_role: null, database_made: false });
  }

  /** The schema with what is in it goes, if PRODUCTS_ON_DELETE is `delete`, after {@link end}. */
  async take({ id }: DataProductRow): Promise<void> {
    const { database_role: role, prefix } = await this.now(id);
    if (this.config.products.onDelete !== 'delete' || !this.server.isConfigured) return;
    if (role === null || prefix === null) return;
    const stays = await this.server.in(role, (session) => dropSchema(session, ownedSchema(prefix)));
    const gone = stays === undefined;
    await this.products.change(id, {
      database_made: false,
      database_problem: stays ?? null,
      ...(gone && { database_role: null }),
    });
  }

  /** Another replica may have recorded meanwhile that the product has something. */
  private async now(id: string): Promise<DataProductRow> {
    const row = await this.products.find(id);
    if (!row) throw new Error('rows of data products are never deleted');
    return row;
  }
}

/** Members that are no products were made members by somebody else, and stay. */
async function endReading(session: PostgresSession, reader: string): Promise<void> {
  for (const member of await membershipsOf(session, reader, 'members'))
    if (isLogin(member)) await leave(session, member.name, [reader]);
}
