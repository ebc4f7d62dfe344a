import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Subjects } from '../../access/subjects/subjects.js';
import { Problem } from '../../common/problems/problem.js';
import type { Secret } from '../../common/secret.js';
import { AppConfig } from '../../config/app-config.js';
import type { DataProductRow, SubjectRow } from '../../database/schema.js';
import { KeyRing } from '../../secrets/key-ring.js';
import { endLogin, ensureLogin, followGroups, leave, membershipsOf } from '../../targets/postgres/logins.js';
import {
  allowConnect,
  dropMarked,
  dropSchema,
  ensureRole,
  ensureSchema,
} from '../../targets/postgres/owned-schemas.js';
import type { PostgresSession } from '../../targets/postgres/session.js';
import { Targets } from '../../targets/targets.js';
import type { PortAccess } from '../approved/port-access.js';
import type { SchemaPlace } from '../approved/schema-asset.js';
import { schemaNames } from '../approved/schema-names.js';
import { DataProductsStore } from '../products/data-products.store.js';
import { COMMON_MARK, isLogin, isReaders, loginOf, ownedSchema } from './marks.js';

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
  /** Why something is not as it should be: it is looked at again. */
  problem: string | null;
  /** The server did not answer; the reconciliation is to be repeated. */
  failure?: Problem;
}

/** How a project reaches its schema. */
export interface DatabaseAccess {
  host: string;
  port: number;
  database: string;
  schema: string;
  user: string;
  password: Secret;
}

const NOTHING: Followed = { changed: false, problem: null };
const NOT_SET = 'PRODUCTS_POSTGRES_TARGET is not set any more: what it has in PostgreSQL stays';

/** The schemas, roles and memberships of data products in PostgreSQL. */
@Injectable()
export class ProductSchemas {
  constructor(
    private readonly targets: Targets,
    private readonly config: AppConfig,
    private readonly keys: KeyRing,
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
    if (!this.config.products.postgres) return NOTHING;
    if (row.prefix === null && given.length === 0 && row.database_role === null) return NOTHING;
    const { role } = loginOf(row.prefix, subjectName);
    // recorded before anything is there: what is not recorded would outlive the product
    if (row.database_role !== role) await this.products.change(row.id, { database_role: role });
    const done = await told(() =>
      this.in(role, (session) => this.apply(session, row.prefix, subjectName, given)),
    );
    if (done.failure) return done;
    const made = row.database_made || done.problem === null;
    if (made !== row.database_made || done.problem !== row.database_problem)
      await this.products.change(row.id, { database_made: made, database_problem: done.problem });
    const place = this.placeOf(row.prefix);
    return made && place ? { ...done, place } : done;
  }

  /** Where a product with this prefix has its schema; undefined: it has none. */
  placeOf(prefix: string | null): SchemaPlace | undefined {
    const { postgres } = this.config.products;
    if (!postgres || prefix === null) return undefined;
    return { database: postgres.database, schema: schemaNames(prefix).schema };
  }

  private async apply(
    session: PostgresSession,
    prefix: string | null,
    subjectName: string,
    given: readonly SchemaProvider[],
  ): Promise<Followed> {
    const { role, mark } = loginOf(prefix, subjectName);
    const key = { kind: 'data_product', name: subjectName } as const;
    const subject = await this.subjects.find(key);
    if (!subject) return NOTHING;
    const problems: string[] = [];
    const strange =
      prefix === null
        ? await ensureRole(session, role, mark)
        : await ensureSchema(session, ownedSchema(prefix));
    if (strange !== undefined) return { changed: false, problem: strange };
    const groups: string[] = [];
    for (const { reader, mark: owned } of given.map((each) => ownedSchema(each.prefix))) {
      // the provider may not have been there yet; what its readers may do comes with its own reconciliation
      const problem = await ensureRole(session, reader, owned);
      if (problem === undefined) groups.push(reader);
      else problems.push(problem);
    }
    const changed = await followGroups(session, role, groups, isReaders);
    await allowConnect(session, role, COMMON_MARK);
    await ensureLogin(session, role, mark, this.passwordOf(subject));
    // whoever removed the product meanwhile may have ended the login before
    if (!(await this.subjects.find(key))) await endLogin(session, role, mark);
    return { changed, problem: problems.length === 0 ? null : problems.join('; ') };
  }

  /** Gives its login the present password, after a rotation. If the server does not answer, the product is reconciled soon. */
  async renew(subjectName: string): Promise<void> {
    const row = await this.products.ofSubject(subjectName);
    if (!this.config.products.postgres || !row?.database_made) return;
    const { role, mark } = loginOf(row.prefix, subjectName);
    const { problem, failure } = await told(() =>
      this.in(role, async (session) => {
        const subject = await this.subjects.find({ kind: 'data_product', name: subjectName });
        if (subject) await ensureLogin(session, role, mark, this.passwordOf(subject));
        return NOTHING;
      }),
    );
    if (problem !== null || failure) await this.products.change(row.id, { next_look_at: new Date() });
  }

  /** Undefined: the product has no schema. */
  async accessOf(subject: SubjectRow): Promise<DatabaseAccess | undefined> {
    const { postgres } = this.config.products;
    if (!postgres) return undefined;
    const row = await this.products.ofSubject(subject.name);
    if (!row?.database_made || row.prefix === null) return undefined;
    const { schema, owner: user } = schemaNames(row.prefix);
    const { database, target } = postgres;
    const { host, port } = this.targets.ownPostgres(target).address;
    return { host, port, database, schema, user, password: this.keys.databasePasswordOf(subject) };
  }

  /** Its login, and what others read of its schema, end; the schema stays. */
  async end(row: DataProductRow): Promise<void> {
    const { subject_name: name, prefix, database_role: role } = row;
    if (name === null || role === null) return;
    if (!this.config.products.postgres) return this.products.change(row.id, { database_problem: NOT_SET });
    const { mark } = loginOf(prefix, name);
    await this.in(role, async (session) => {
      if (prefix !== null) await endReading(session, ownedSchema(prefix).reader);
      await followGroups(session, role, [], isReaders);
      await endLogin(session, role, mark);
      if (prefix === null) await dropMarked(session, role, mark);
    });
    if (prefix === null) await this.products.change(row.id, { database_role: null, database_made: false });
  }

  /** The schema with what is in it goes, if PRODUCTS_ON_DELETE is `delete`, after {@link end}. */
  async take({ id, prefix, database_role: role }: DataProductRow): Promise<void> {
    const { onDelete, postgres } = this.config.products;
    if (onDelete !== 'delete' || !postgres || role === null || prefix === null) return;
    const stays = await this.in(role, (session) => dropSchema(session, ownedSchema(prefix)));
    const gone = stays === undefined;
    await this.products.change(id, {
      database_made: false,
      database_problem: stays ?? null,
      ...(gone && { database_role: null }),
    });
  }

  /** Work on one product, whose login has this role: one replica at a time. */
  private in<T>(role: string, work: (session: PostgresSession) => Promise<T>): Promise<T> {
    const { postgres } = this.config.products;
    if (!postgres) throw new Error('data products have no PostgreSQL');
    return this.targets.ownPostgres(postgres.target).in(postgres.database, async (session) => {
      await session.lock(`data product ${role}`, 'session');
      return work(session);
    });
  }

  /** The salt is not secret; what is derived from it is. */
  private passwordOf(subject: SubjectRow) {
    const version = createHash('sha256')
      .update(`minio-manager/database-password ${subject.secret_key_id} ${subject.secret_salt}`)
      .digest('hex')
      .slice(0, 16);
    return { password: this.keys.databasePasswordOf(subject), version };
  }
}

/** Members that are no products were made members by somebody else, and stay. */
async function endReading(session: PostgresSession, reader: string): Promise<void> {
  for (const member of await membershipsOf(session, reader, 'members'))
    if (isLogin(member)) await leave(session, member.name, [reader]);
}

/** A refusal is a problem of the product; a server that does not answer is a failure that a repetition solves. */
async function told(work: () => Promise<Followed>): Promise<Followed> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.code === 'target_refused') return { changed: false, problem: error.message };
    return { changed: false, problem: null, failure: error };
  }
}
