import { Injectable } from '@nestjs/common';
import { SubjectRemoval } from '../../access/changes/subject-removal.js';
import type { RequestContext } from '../../auth/authenticated.js';
import type { DataProductRow } from '../../database/schema.js';
import { ProductAccess } from '../upkeep/product-access.js';
import { ProductData } from './product-data.js';

/** Removes the resources of a data product. Its prefix is never given to another one, whether or not its data is deleted. */
@Injectable()
export class ProductRemoval {
  constructor(
    private readonly access: ProductAccess,
    private readonly removal: SubjectRemoval,
    private readonly data: ProductData,
  ) {}

  /** Whether the data and the project of a deleted product are changed at all. */
  get takesData(): boolean {
    return this.data.isTaken;
  }

  /**
   * Access ends first, everywhere; then data and project are handled as PRODUCTS_ON_DELETE says. What is in PostgreSQL comes last: a server
   * that does not answer holds nothing else up. Repeatable until it succeeds.
   */
  async takeAway(row: DataProductRow, context: RequestContext): Promise<void> {
    // the deletion is announced first, and confirmed when access has ended: a crash in between loses neither
    const deletion = await this.data.announce(row, context);
    await this.endInMinio(row, context);
    await this.data.confirm(deletion);
    await this.data.takeProject(row);
    await this.data.endLogin(row);
    await this.data.takeSchema(row);
  }

  /** Access ends everywhere; data and project stay unchanged. */
  async endAccess(row: DataProductRow, context: RequestContext): Promise<void> {
    await this.endInMinio(row, context);
    await this.data.endLogin(row);
  }

  /** Handles the data and the project that {@link endAccess} left, as PRODUCTS_ON_DELETE says. */
  async takeData(row: DataProductRow, context: RequestContext): Promise<void> {
    await this.data.confirm(await this.data.announce(row, context));
    await this.data.takeProject(row);
    await this.data.takeSchema(row);
  }

  /** Restarts a removal of data that an obstacle prevented. */
  again(row: DataProductRow, context: RequestContext): Promise<void> {
    return this.data.again(row, context);
  }

  private async endInMinio({ subject_name: name }: DataProductRow, context: RequestContext): Promise<void> {
    if (name !== null) await this.access.remove(name, this.removal, context);
  }
}
