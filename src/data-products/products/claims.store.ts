import type { Database, DataProductClaimRow, Executor } from '../../database/schema.js';

/** Keys of data products that people have claimed, and who. */
export class ClaimsStore {
  constructor(private readonly db: Database) {}

  /** Kept before the key is made: one that is nobody's must not outlive its claim. */
  async add(claim: {
    product_id: string;
    access_key: string;
    email: string | null;
    claimed_by: string;
  }): Promise<void> {
    await this.db.insertInto('data_product_claim').values(claim).execute();
  }

  of(productId: string): Promise<DataProductClaimRow[]> {
    return this.db
      .selectFrom('data_product_claim')
      .selectAll()
      .where('product_id', '=', productId)
      .orderBy('claimed_at')
      .execute();
  }

  /** The key is gone. When it was the last one, the product may be claimed again. */
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

  /** The product is gone, and its keys with it. */
  async forget(productId: string): Promise<void> {
    await this.db.deleteFrom('data_product_claim').where('product_id', '=', productId).execute();
  }

  /** Products with a key that an owner holds. */
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
