import { Injectable } from '@nestjs/common';
import { SubjectRemoval } from '../../access/changes/subject-removal.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { AppConfig } from '../../config/app-config.js';
import type { DataProductRow } from '../../database/schema.js';
import { Deletions } from '../../deletions/deletions.js';
import { ProductAccess } from '../upkeep/product-access.js';
import { Projects } from '../upkeep/projects.js';

/** Takes away what was made for a data product. Its prefix is never given to another one, whatever becomes of the data. */
@Injectable()
export class ProductRemoval {
  constructor(
    private readonly access: ProductAccess,
    private readonly removal: SubjectRemoval,
    private readonly projects: Projects,
    private readonly deletions: Deletions,
    private readonly config: AppConfig,
  ) {}

  /** Whether data or project of a deleted product are touched at all. */
  get takesData(): boolean {
    return this.config.products.onDelete !== 'keep';
  }

  /** Access ends first, everywhere; then data and project go as PRODUCTS_ON_DELETE says. Repeatable until it ends. */
  async takeAway(row: DataProductRow, context: RequestContext): Promise<void> {
    if (row.subject_name !== null) await this.end(row.subject_name, row.prefix, context);
    if (row.project !== null) await this.projects.remove(row.project);
  }

  /** Access ends everywhere; data and project stay as they are. */
  async endAccess({ subject_name: name }: DataProductRow, context: RequestContext): Promise<void> {
    if (name !== null) await this.access.remove(name, this.removal, context);
  }

  /** What {@link endAccess} has left goes as PRODUCTS_ON_DELETE says. */
  async takeData(row: DataProductRow, context: RequestContext): Promise<void> {
    if (this.config.products.onDelete === 'delete') await this.deleteData(row, context);
    if (row.project !== null) await this.projects.remove(row.project);
  }

  /** Begins the deletion of the data anew where it could not be finished: an object lock, something in the way. */
  async again(row: DataProductRow, context: RequestContext): Promise<void> {
    if (row.subject_name === null) return;
    const last = await this.deletions.ofProduct(row.subject_name);
    if (last?.state === 'failed') await this.deleteData(row, context);
  }

  private async deleteData(row: DataProductRow, context: RequestContext): Promise<void> {
    if (row.subject_name === null || row.prefix === null) return;
    const { id } = await this.deletions.announceProduct(row.subject_name, `${row.prefix}/`, context);
    await this.deletions.confirm(id);
  }

  private async end(subjectName: string, prefix: string | null, context: RequestContext): Promise<void> {
    // the wish is kept before, and counts when access has ended: a crash in between loses neither
    const deletion =
      this.config.products.onDelete === 'delete' && prefix !== null
        ? await this.deletions.announceProduct(subjectName, `${prefix}/`, context)
        : undefined;
    await this.access.remove(subjectName, this.removal, context);
    if (deletion) await this.deletions.confirm(deletion.id);
  }
}
