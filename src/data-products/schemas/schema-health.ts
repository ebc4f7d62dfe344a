import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Problem } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import { Targets } from '../../targets/targets.js';

/** Whether products can get schemas; `trouble`: what is missing. */
export interface SchemaHealth {
  configured: boolean;
  detail: string;
  trouble: boolean;
}

/** Examines the PostgreSQL of data products, and says at the start what is missing there. */
@Injectable()
export class SchemaExaminer implements OnApplicationBootstrap {
  private readonly logger = new Logger('SchemaExaminer');

  constructor(
    private readonly targets: Targets,
    private readonly config: AppConfig,
  ) {}

  /** The start does not wait for this server. */
  onApplicationBootstrap(): void {
    if (!this.config.products.postgres) return;
    void this.examine().then(({ detail, trouble }) => trouble && this.logger.warn(detail));
  }

  async examine(): Promise<SchemaHealth> {
    const { postgres } = this.config.products;
    if (!postgres)
      return { configured: false, detail: 'Not configured (PRODUCTS_POSTGRES_TARGET)', trouble: false };
    const { database, target } = postgres;
    const where = `the database ${database} of ${target}`;
    try {
      const missing = await this.missing(target, database);
      if (missing.length === 0)
        return { configured: true, detail: `Data products can get schemas in ${where}`, trouble: false };
      return {
        configured: true,
        detail: `In ${where}, this service lacks: ${missing.join(', ')}`,
        trouble: true,
      };
    } catch (error) {
      const why = error instanceof Problem ? error.message : 'unknown failure';
      return { configured: true, detail: `No schemas in ${where}: ${why}`, trouble: true };
    }
  }

  /** The rights that the role of this service lacks. */
  private async missing(target: string, database: string): Promise<string[]> {
    const [row] = await this.targets.ownPostgres(target).in(database, (session) =>
      session.query<{ create: boolean; roles: boolean }>(
        `select has_database_privilege(current_user, current_database(), 'CREATE') as create,
           rolcreaterole or rolsuper as roles from pg_roles where rolname = current_user`,
      ),
    );
    return [...(row?.create ? [] : ['CREATE on the database']), ...(row?.roles ? [] : ['CREATEROLE'])];
  }
}
