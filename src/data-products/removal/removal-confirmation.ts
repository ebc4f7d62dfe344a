import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { Problem } from '../../common/problems/problem.js';
import { appendAudit } from '../../database/sql/audit-event.js';
import { Database, type DataProductRow, type ProvisionRow } from '../../database/schema.js';
import { AcceptOnce } from '../../provisioning/records/accept-once.js';
import { ProductReader } from '../products/product-reader.js';
import { ProductSource } from '../reconcile/product-source.js';
import { reconcileRequest } from '../reconcile/requests.js';
import { MissingStore } from './missing.store.js';

/** An administrator's confirmation that a missing product is gone. */
@Injectable()
export class RemovalConfirmation {
  constructor(
    private readonly db: Database,
    private readonly reader: ProductReader,
    private readonly source: ProductSource,
    private readonly missing: MissingStore,
    private readonly acceptOnce: AcceptOnce,
  ) {}

  /** Returns the provision that removes it. Throws `not_possible` for a product that is not missing. */
  async confirm(id: string, context: RequestContext): Promise<ProvisionRow> {
    const row = await this.reader.require(id);
    await this.assertMissing(row);
    return this.db.transaction().execute(async (trx) => {
      if (await this.missing.confirm(row.id, trx))
        await appendAudit(trx, context, {
          action: 'data_product.removal_confirmed',
          ...(row.subject_name === null ? {} : { subject: { kind: 'data_product', name: row.subject_name } }),
          detail: { id: row.id, kind: row.kind, state: row.state },
        });
      const { kind } = row;
      const request = { ...reconcileRequest({ kind, id: row.id }), origin: 'api' } as const;
      return this.acceptOnce.one({ request, context }, trx);
    });
  }

  private async assertMissing(row: DataProductRow): Promise<void> {
    if (row.state === 'deleted') {
      if (row.data_waits || row.removal_confirmed_at !== null) return;
      throw new Problem(
        'not_possible',
        'It is not missing: the portal reported its deletion, and nothing waits',
      );
    }
    const { kind, id } = row;
    if (await this.source.product({ kind, id }))
      throw new Problem('not_possible', 'It is not missing: the portal has it. Delete it there');
  }
}
