import { Injectable } from '@nestjs/common';
import { SubjectRemoval } from '../../access/changes/subject-removal.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { AppConfig } from '../../config/app-config.js';
import type { DataProductRow } from '../../database/schema.js';
import { Deletions } from '../../deletions/deletions.js';
import { ProductAccess } from '../upkeep/product-access.js';
import { Projects } from '../upkeep/projects.js';

/** Removes the resources of a data product. Its prefix is never given to another one, whether or not its data is deleted. */
@Injectable()
export class ProductRemoval {
  constructor(
    private readonly access: ProductAccess,
    private readonly removal: SubjectRemoval,
    private readonly projects: Projects,
    private readonly deletions: Deletions,
    private readonly config: AppConfig,
  ) {}

  /** Whether the data and the project of a deleted product are changed at all. */
  get takesData(): boolean {
    return this.config.products.onDelete !== 'keep';
  }

  /** Access ends first, everywhere; then data and project are handled as PRODUCTS_ON_DELETE says. Repeatable until it succeeds. */
  async takeAway(row: DataProductRow, context: RequestContext): Promise<void> {
    if (row.subject_name !== null) await this.end(row.subject_name, row.prefix, context);
    if (row.project !== null) await this.projects.remove(row.project);
  }

  /** Access ends everywhere; data and project stay unchanged. */
  async endAccess({ subject_name: name }: DataProductRow, context: RequestContext): Promise<void> {
    if (name !== null) await this.access.remove(name, this.removal, context);
  }

  /** Handles the data and the project that {@link endAccess} left, as PRODUCTS_ON_DELETE says. */
  async takeData(row: DataProductRow, context: RequestContext): Promise<void> {
    if (this.config.products.onDelete === 'delete') await this.deleteData(row, context);
    if (row.project !== null) await this.projects.remove(row.project);
  }

  /** Restarts a failed deletion of the data, which an object lock or another obstacle prevented. */
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
    // the deletion is announced first, and confirmed when access has ended: a crash in between loses neither
    const deletion =
      this.config.products.onDelete === 'delete' && prefix !== null
        ? await this.deletions.announceProduct(subjectName, `${prefix}/`, context)
        : undefined;
    await this.access.remove(subjectName, this.removal, context);
    if (deletion) await this.deletions.confirm(deletion.id);
  }
}
