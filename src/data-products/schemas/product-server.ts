import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { Targets } from '../../targets/targets.js';
import type { PostgresSession } from '../../targets/postgres/session.js';
import type { SchemaPlace } from '../approved/schema-asset.js';
import { schemaNames } from '../approved/schema-names.js';

/** The PostgreSQL server in which products have schemas. */
@Injectable()
export class ProductServer {
  constructor(
    private readonly targets: Targets,
    private readonly config: AppConfig,
  ) {}

  get isConfigured(): boolean {
    return this.config.products.postgres !== undefined;
  }

  /** Where clients reach it, and the database of the schemas. */
  get address(): { host: string; port: number; database: string } {
    const { target, database } = this.required();
    return { ...this.targets.ownPostgres(target).address, database };
  }

  /** Where a product with this prefix has its schema; undefined: it has none. */
  placeOf(prefix: string | null): SchemaPlace | undefined {
    const { postgres } = this.config.products;
    if (!postgres || prefix === null) return undefined;
    return { database: postgres.database, schema: schemaNames(prefix).schema };
  }

  /** Work on one product, whose login has this role: one replica at a time. */
  in<T>(role: string, work: (session: PostgresSession) => Promise<T>): Promise<T> {
    const { target, database } = this.required();
    return this.targets.ownPostgres(target).in(database, async (session) => {
      await session.lock(`data product ${role}`, 'session');
      return work(session);
    });
  }

  private required() {
    const { postgres } = this.config.products;
    if (!postgres) throw new Error('data products have no PostgreSQL');
    return postgres;
  }
}
