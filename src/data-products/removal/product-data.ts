import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { AppConfig } from '../../config/app-config.js';
import type { DataProductRow } from '../../database/schema.js';
import { Deletions } from '../../deletions/deletions.js';
import { SchemaRemoval } from '../schemas/schema-removal.js';
import { Projects } from '../upkeep/projects.js';

/** What a deleted product leaves: data below its prefix, a project, a schema. PRODUCTS_ON_DELETE says what becomes of it. */
@Injectable()
export class ProductData {
  constructor(
    private readonly deletions: Deletions,
    private readonly projects: Projects,
    private readonly schemas: SchemaRemoval,
    private readonly config: AppConfig,
  ) {}

  /** Whether anything of it is changed at all. */
  get isTaken(): boolean {
    return this.config.products.onDelete !== 'keep';
  }

  /** Announces the deletion of the data below the prefix, if it is to be deleted: it begins with {@link confirm}. */
  async announce(row: DataProductRow, context: RequestContext): Promise<string | undefined> {
    if (this.config.products.onDelete !== 'delete') return undefined;
    if (row.subject_name === null || row.prefix === null) return undefined;
    return (await this.deletions.announceProduct(row.subject_name, `${row.prefix}/`, context)).id;
  }

  async confirm(deletion: string | undefined): Promise<void> {
    if (deletion !== undefined) await this.deletions.confirm(deletion);
  }

  /** The login of the product and what others read in PostgreSQL end; the schema stays. */
  endLogin(row: DataProductRow): Promise<void> {
    return this.schemas.end(row);
  }

  takeSchema(row: DataProductRow): Promise<void> {
    return this.schemas.take(row);
  }

  async takeProject({ project }: DataProductRow): Promise<void> {
    if (project !== null) await this.projects.remove(project);
  }

  /** Restarts what failed: an object lock or another obstacle prevented the deletion of the data, or a role could not be dropped. */
  async again(row: DataProductRow, context: RequestContext): Promise<void> {
    if (row.subject_name === null) return;
    const last = await this.deletions.ofProduct(row.subject_name);
    if (last?.state === 'failed') await this.confirm(await this.announce(row, context));
    if (row.database_problem !== null) {
      await this.schemas.end(row);
      await this.schemas.take(row);
    }
  }
}
