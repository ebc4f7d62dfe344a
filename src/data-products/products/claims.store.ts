import type { Database, DataProductClaimRow, Executor } from '../../database/schema.js';

/** Keys of data products that people claimed, and who claimed them. */
export class ClaimsStore {
  constructor(private readonly db: Database) {}

  /** Stored before the key is created: a key without an owner must not outlive its claim. `abandoned`: a removed key that it replaces. */
  async add(
    claim: { product_id: string; access_key: string; email: string | null; claimed_by: string },
    abandoned: string | null,
    db: Executor,
  ): Promise<void> {
    if (abandoned !== null)
      await db.deleteFrom('data_product_claim').where('access_key', '=', abandoned).execute();
    await db.insertInto('data_product_claim').values(claim).execute();
  }

  /** The product can be claimed once more, beside the keys that it has. */
  async reopen(productId: string): Promise<void> {
    await this.db
      .updateTable('data_product')
      .set({ claimed_at: null })
      .where('id', '=', productId)
      .where('claimed_at', 'is not', null)
      .execute();
  }

  of(productId: string): Promise<DataProductClaimRow[]> {
    return this.db
      .selectFrom('data_product_claim')
      .selectAll()
      .where('product_id', '=', productId)
      .orderBy('claimed_at')
      .execute();
  }

  /** The key is gone. If it was the last one, the product can be claimed again. */
  async remove({
    access_key,
    product_id,
  }: Pick<DataProductClaimRow, 'access_key' | 'product_id'>): Promise<void> {
    await this.db.transaction().execute(async (trx) => {
      await trx.deleteFrom('data_product_claim').where('access_key', '=', access_key).execute();
      await trx
        .updateTable('data_product')
        .set({ claimed_at: null })
        .where('id', '=', product_id)
        .where((eb) =>
          eb.not(
            eb.exists(
              eb.selectFrom('data_product_claim').select('access_key').where('product_id', '=', product_id),
            ),
          ),
        )
        .execute();
    });
  }

  /** The product is gone, together with its keys. */
  async forget(productId: string, db: Executor = this.db): Promise<void> {
    await db.deleteFrom('data_product_claim').where('product_id', '=', productId).execute();
  }

  /** Products with a key that was claimed by an owner. */
  async ofOwners(db: Executor = this.db): Promise<string[]> {
    const rows = await db
      .selectFrom('data_product_claim')
      .select('product_id')
      .distinct()
      .where('email', 'is not', null)
      .execute();
    return rows.map(({ product_id }) => product_id);
  }
}
