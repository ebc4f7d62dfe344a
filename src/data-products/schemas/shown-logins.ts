import { Injectable } from '@nestjs/common';
import { Subjects } from '../../access/subjects/subjects.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { systemActor } from '../../auth/system-actor.js';
import { noSuch, Problem } from '../../common/problems/problem.js';
import type { DataProductRow, SubjectRow } from '../../database/schema.js';
import { credentialsIssued } from '../../metrics/registry.js';
import type { PostgresSession } from '../../targets/postgres/session.js';
import { schemaNames } from '../approved/schema-names.js';
import { DataProductsStore } from '../products/data-products.store.js';
import { ProductOwners } from '../products/product-owners.js';
import type { DatabaseLoginDto } from './database-login.dto.js';
import { loginOf } from './marks.js';
import { ProductLogins } from './product-logins.js';
import { ProductServer } from './product-server.js';

/** Shows the password of a product that has no project in which it could be: each call makes another one. It ends with the ownership. */
@Injectable()
export class ShownLogins {
  constructor(
    private readonly server: ProductServer,
    private readonly logins: ProductLogins,
    private readonly owners: ProductOwners,
    private readonly subjects: Subjects,
    private readonly products: DataProductsStore,
  ) {}

  /** Throws `forbidden` for anyone but owners and administrators, `not_possible` for a product that has a project or no login. */
  async show(id: string, context: RequestContext): Promise<DatabaseLoginDto> {
    const email = await this.owners.require(id, context);
    const { login } = this.requireLogin(await this.products.find(id));
    const shown = await this.server.in(login.role, async (session) => {
      const { row, name } = this.requireLogin(await this.products.find(id));
      const subject = await this.subjects.find({ kind: 'data_product', name });
      if (subject?.status !== 'active') throw notReady();
      const password = await this.replace(session, row, subject);
      await this.products.shownLogins.note(row, email, context);
      // checked again: an owner who lost ownership since then was missed by a reconciliation that ran before this was noted
      await this.owners.require(id, context);
      const schema = row.prefix === null ? null : schemaNames(row.prefix).schema;
      return { ...this.server.address, schema, user: login.role, password: password.reveal() };
    });
    credentialsIssued.inc({ kind: 'database_login' });
    return shown;
  }

  /** Ends a password that was shown to somebody who is no owner any more. */
  async follow(session: PostgresSession, subject: SubjectRow): Promise<void> {
    const row = await this.products.ofSubject(subject.name);
    const email = row?.database_shown_email ?? null;
    if (!row || email === null) return;
    const former = await this.owners.formerOf({ kind: row.kind, id: row.id }, [email]);
    if (former.length === 0) return;
    await this.replace(session, row, subject);
    await this.products.shownLogins.ended(row, systemActor('minio-manager'));
  }

  /** The former password and its connections have ended when this returns the new one. */
  private async replace(session: PostgresSession, row: DataProductRow, subject: SubjectRow) {
    const database_salt = await this.products.shownLogins.replace(row);
    const why = await this.logins.ensure(session, subject, loginOf(row.prefix, subject.name));
    if (why !== undefined) throw new Problem('not_possible', why);
    return this.logins.passwordOf(subject, { database_salt }).password;
  }

  private requireLogin(row: DataProductRow | undefined) {
    if (!row) throw noSuch('data product');
    const { state, subject_name: name, prefix, project } = row;
    if (state !== 'ready' || name === null) throw notReady();
    if (!this.server.isConfigured || !row.database_made)
      throw new Problem('not_possible', 'The data product has no login in PostgreSQL');
    if (project !== null)
      throw new Problem('not_possible', 'The data product has a project, whose .env has the password');
    return { row, name, login: loginOf(prefix, name) };
  }
}

function notReady(): Problem {
  return new Problem('not_possible', 'The data product is not ready');
}
