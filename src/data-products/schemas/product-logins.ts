import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Subjects } from '../../access/subjects/subjects.js';
import { Problem } from '../../common/problems/problem.js';
import type { DataProductRow, SubjectRow } from '../../database/schema.js';
import { KeyRing } from '../../secrets/key-ring.js';
import { ensureLogin } from '../../targets/postgres/logins.js';
import type { PostgresSession } from '../../targets/postgres/session.js';
import { schemaNames } from '../approved/schema-names.js';
import { DataProductsStore } from '../products/data-products.store.js';
import type { ProjectAccess } from '../project/env-file.js';
import { loginOf } from './marks.js';
import { ProductServer } from './product-server.js';

/** How a project reaches its schema. */
export type DatabaseAccess = NonNullable<ProjectAccess['database']>;

/** The passwords with which data products log in to PostgreSQL: derived, stored nowhere. */
@Injectable()
export class ProductLogins {
  constructor(
    private readonly server: ProductServer,
    private readonly keys: KeyRing,
    private readonly subjects: Subjects,
    private readonly products: DataProductsStore,
  ) {}

  /** Lets the role log in with the present password of the product, which is read where one replica at a time is. Returns why not. */
  async ensure(
    session: PostgresSession,
    subject: SubjectRow,
    { role, mark }: ReturnType<typeof loginOf>,
  ): Promise<string | undefined> {
    const row = await this.products.ofSubject(subject.name);
    return row && ensureLogin(session, role, mark, this.passwordOf(subject, row));
  }

  /** Gives its login the present password, after a rotation. If the server does not answer, the product is reconciled soon. */
  async renew(subjectName: string): Promise<void> {
    const row = await this.products.ofSubject(subjectName);
    if (!this.server.isConfigured || !row?.database_made) return;
    const login = loginOf(row.prefix, subjectName);
    try {
      await this.server.in(login.role, async (session) => {
        const subject = await this.subjects.find({ kind: 'data_product', name: subjectName });
        if (subject) await this.ensure(session, subject, login);
      });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      await this.products.change(row.id, { next_look_at: new Date() });
    }
  }

  /** Undefined: the product has no schema. */
  async accessOf(subject: SubjectRow): Promise<DatabaseAccess | undefined> {
    if (!this.server.isConfigured) return undefined;
    const row = await this.products.ofSubject(subject.name);
    if (!row?.database_made || row.prefix === null) return undefined;
    const { schema, owner: user } = schemaNames(row.prefix);
    return { ...this.server.address, schema, user, ...this.passwordOf(subject, row) };
  }

  /** The salts are not secret; what is derived from them is. */
  passwordOf(subject: SubjectRow, { database_salt: more }: Pick<DataProductRow, 'database_salt'>) {
    const salt = `${subject.secret_salt}${more ?? ''}`;
    const version = createHash('sha256')
      .update(`minio-manager/database-password ${subject.secret_key_id} ${salt}`)
      .digest('hex')
      .slice(0, 16);
    return { password: this.keys.databasePasswordOf({ ...subject, secret_salt: salt }), version };
  }
}
