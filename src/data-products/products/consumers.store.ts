import { sql } from 'kysely';
import type { Database, DataProductRow } from '../../database/schema.js';

type Ref = Pick<DataProductRow, 'id' | 'kind'>;

/** Which products have access to the data of a provider. */
export class ConsumersStore {
  constructor(private readonly db: Database) {}

  /** Those with access to its prefix or its schema, as of their last reconciliations. */
  async of(provider: Pick<DataProductRow, 'id' | 'subject_name'>): Promise<Ref[]> {
    const granted = provider.subject_name === null ? [] : await this.granted(provider.subject_name);
    const known = new Set(granted.map(({ id }) => id));
    return [...granted, ...(await this.readersOf(provider.id)).filter(({ id }) => !known.has(id))];
  }

  /** Those with a port that gives its schema in PostgreSQL. */
  readersOf(providerId: string): Promise<Ref[]> {
    return this.db
      .selectFrom('data_product')
      .select(['id', 'kind'])
      .where('state', '!=', 'deleted')
      .where(
        sql<boolean>`exists (select from json_array_elements(approvals) port
          where port ->> 'provider_id' = ${providerId} and port ->> 'schema' is not null)`,
      )
      .orderBy('id')
      .execute();
  }

  /** Those that found no readers' role of this name. */
  waitingFor(reader: string): Promise<Ref[]> {
    return this.db
      .selectFrom('data_product')
      .select(['id', 'kind'])
      .where('state', '!=', 'deleted')
      .where(sql<boolean>`position(${` ${reader} `} in database_problem) > 0`)
      .execute();
  }

  /** Those whose principals hold a grant on its data, including grants from before the provider had a principal. */
  private granted(providerSubject: string): Promise<Ref[]> {
    return this.db
      .selectFrom('data_product')
      .innerJoin('subject as consumer', (join) =>
        join
          .onRef('consumer.name', '=', 'data_product.subject_name')
          .on('consumer.kind', '=', 'data_product'),
      )
      .innerJoin('access_grant', 'access_grant.grantee_id', 'consumer.id')
      .innerJoin('subject as provider', (join) =>
        join.on((eb) =>
          eb.or([
            eb('provider.id', '=', eb.ref('access_grant.owner_id')),
            eb.and([
              eb('access_grant.owner_id', 'is', null),
              eb('access_grant.origin', '=', 'data_product'),
              sql<boolean>`starts_with(access_grant.prefix, provider.prefix || '/')`,
            ]),
          ]),
        ),
      )
      .select(['data_product.id', 'data_product.kind'])
      .distinct()
      .where('provider.kind', '=', 'data_product')
      .where('provider.name', '=', providerSubject)
      .execute();
  }
}
