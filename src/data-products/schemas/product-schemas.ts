import { Injectable } from '@nestjs/common';
import { Subjects } from '../../access/subjects/subjects.js';
import { Problem } from '../../common/problems/problem.js';
import type { DataProductRow } from '../../database/schema.js';
import { endLogin, followGroups } from '../../targets/postgres/logins.js';
import { allowConnect, ensureRole, ensureSchema, strangeRole } from '../../targets/postgres/owned-schemas.js';
import { readRole } from '../../targets/postgres/roles.js';
import type { PostgresSession } from '../../targets/postgres/session.js';
import type { PortAccess } from '../approved/port-access.js';
import type { SchemaPlace } from '../approved/schema-asset.js';
import { schemaNames } from '../approved/schema-names.js';
import type { ProductRef } from '../portal/refs.js';
import { DataProductsStore } from '../products/data-products.store.js';
import { COMMON_MARK, isReaders, loginOf, ownedSchema } from './marks.js';
import { ProductLogins } from './product-logins.js';
import { ProductServer } from './product-server.js';
import { ShownLogins } from './shown-logins.js';

/** A provider, as far as its schema is concerned. */
export interface SchemaProvider {
  prefix: string;
  ports: readonly PortAccess[];
}

/** What came of a product's part in PostgreSQL. */
export interface Followed {
  /** A membership began or ended. */
  changed: boolean;
  /** Its schema, once it is there. */
  place?: SchemaPlace;
  /** Consumers that wait for the schema, which is there now. */
  also: readonly ProductRef[];
  /** Why something is not as it should be: it is looked at again. */
  problem: string | null;
  /** The server did not answer; the reconciliation is to be repeated. */
  failure?: Problem;
}

/** What came of it in PostgreSQL. */
interface Applied extends Pick<Followed, 'changed' | 'problem' | 'failure'> {
  /** What is the product's own is there. */
  made?: true;
  /** The readers' role of a provider is not there yet. */
  waits?: boolean;
  /** The product has been removed. */
  gone?: true;
}

const NOTHING: Followed = { changed: false, also: [], problem: null };

/**
 * The schemas, roles and memberships of data products in PostgreSQL. What a product has is made by its own reconciliation alone, which its
 * removal waits for: what a consumer made for its provider could outlive it.
 */
@Injectable()
export class ProductSchemas {
  constructor(
    private readonly server: ProductServer,
    private readonly logins: ProductLogins,
    private readonly shown: ShownLogins,
    private readonly subjects: Subjects,
    private readonly products: DataProductsStore,
  ) {}

  /**
   * Makes what the product should have, and makes its login a member of exactly the readers' roles that its ports give. May be repeated and
   * interrupted anywhere. Never throws for what the server does or does not do: access in MinIO must not wait for it.
   */
  async follow(
    row: DataProductRow,
    subjectName: string,
    providers: readonly SchemaProvider[],
  ): Promise<Followed> {
    const given = providers.filter(({ ports }) => ports.some(({ schema = null }) => schema !== null));
    if (!this.server.isConfigured) return NOTHING;
    if (row.prefix === null && given.length === 0 && row.database_role === null) return NOTHING;
    const { role } = loginOf(row.prefix, subjectName);
    // recorded before anything is there: what is not recorded would outlive the product
    if (row.database_role !== role) await this.products.change(row.id, { database_role: role });
    const done = await told(() =>
      this.server.in(role, (session) => this.apply(session, row, subjectName, given)),
    );
    if (done.failure || done.gone) return { ...NOTHING, ...done };
    const made = row.database_made || done.made === true;
    const known = { database_role: role, database_made: made, database_problem: done.problem };
    if (made !== row.database_made || done.problem !== row.database_problem) {
      await this.products.change(row.id, known);
      // a provider whose schema is made now asks who waits for it: one that was made just before asked too early
      if (done.waits) return this.follow({ ...row, ...known }, subjectName, providers);
    }
    const place = this.server.placeOf(row.prefix);
    if (!made || !place || row.prefix === null) return { ...NOTHING, ...done };
    const { reader } = schemaNames(row.prefix);
    return { ...done, place, also: await this.products.consumers.waitingFor(reader) };
  }

  private async apply(
    session: PostgresSession,
    { id, prefix }: DataProductRow,
    subjectName: string,
    given: readonly SchemaProvider[],
  ): Promise<Applied> {
    const login = loginOf(prefix, subjectName);
    const { role, mark } = login;
    const key = { kind: 'data_product', name: subjectName } as const;
    const subject = await this.subjects.find(key);
    if (!subject || subject.status === 'removing') {
      // it was removed before it was recorded that it has something
      if (!(await readRole(session, role))) await this.products.change(id, { database_role: null });
      return { changed: false, problem: null, gone: true };
    }
    const strange =
      prefix === null
        ? await ensureRole(session, role, mark)
        : await ensureSchema(session, ownedSchema(prefix));
    if (strange !== undefined) return { changed: false, problem: strange };
    const { groups, problems, waits } = await readersOf(session, given);
    const changed = await followGroups(session, role, groups, isReaders);
    await allowConnect(session, role, COMMON_MARK);
    await this.logins.ensure(session, subject, login);
    await this.shown.follow(session, subject);
    // whoever removed the product meanwhile may have ended the login before
    if (!(await this.subjects.find(key))) await endLogin(session, role, mark);
    return { changed, problem: problems.length === 0 ? null : problems.join('; '), made: true, waits };
  }
}

/** The readers' roles of these providers that are there, and what is wrong with the others. */
async function readersOf(session: PostgresSession, given: readonly SchemaProvider[]) {
  const found = { groups: [] as string[], problems: [] as string[], waits: false };
  for (const { reader, mark } of given.map(({ prefix }) => ownedSchema(prefix))) {
    const role = await readRole(session, reader);
    const strange = strangeRole(reader, role, mark);
    if (role && strange === undefined) found.groups.push(reader);
    else if (strange !== undefined) found.problems.push(strange);
    else {
      found.waits = true;
      found.problems.push(`the PostgreSQL role ${reader} of a provider is not there yet`);
    }
  }
  return found;
}

/** A refusal is a problem of the product; a server that does not answer is a failure that a repetition solves. */
async function told(work: () => Promise<Applied>): Promise<Applied> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.code === 'target_refused') return { changed: false, problem: error.message };
    return { changed: false, problem: null, failure: error };
  }
}
