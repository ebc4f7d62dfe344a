import { Injectable, Logger } from '@nestjs/common';
import type { SubjectKey } from '../../access/subjects/subject-key.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { Problem } from '../../common/problems/problem.js';
import { AccessKeys } from '../../credentials/access-keys.js';
import { type Answer, KeyHandouts } from '../../credentials/claims/key-handouts.js';
import type { IssuedAccessKeyDto } from '../../credentials/dto/access-key.dto.js';
import type { Executor } from '../../database/schema.js';
import { DataProductsStore } from './data-products.store.js';
import { ProductOwners } from './product-owners.js';
import { ProductReader } from './product-reader.js';

/** Lifetime of a claimed key, in seconds: MinIO's maximum minus one hour. */
const LIFETIME = 31_532_400;

/** Hands out a key of a data product once. The product's own pair is not changed: the project continues to use it. */
@Injectable()
export class ProductClaims {
  readonly #logger = new Logger('ProductClaims');

  constructor(
    private readonly products: DataProductsStore,
    private readonly reader: ProductReader,
    private readonly accessKeys: AccessKeys,
    private readonly owners: ProductOwners,
    private readonly handouts: KeyHandouts,
  ) {}

  /** A new access key of the principal. Throws `claimed` if a key was already sent, `forbidden` for anyone but owners and administrators. */
  async claim(id: string, context: RequestContext, answer: Answer): Promise<IssuedAccessKeyDto> {
    const email = await this.owners.require(id, context);
    const row = await this.reader.require(id);
    if (row.state !== 'ready' || row.subject_name === null)
      throw new Problem('not_possible', 'The data product is not ready');
    const key = { kind: 'data_product', name: row.subject_name } as const;
    const named = (accessKey: string, abandoned: string | null, trx: Executor) =>
      this.products.claims.add(
        { product_id: id, email, claimed_by: context.name, access_key: accessKey },
        abandoned,
        trx,
      );
    const claimedDetail = 'It was already claimed; an administrator can allow another claim';
    return this.handouts.handOut(
      { table: 'data_product', id, claimedDetail },
      { named },
      answer,
      async (claim) => {
        try {
          const issued = await this.accessKeys.issueFor(key, 'claim', LIFETIME, context, claim);
          // checked again: an owner who lost ownership since then was missed by a reconciliation that ran before the key existed
          await this.owners.require(id, context);
          return issued;
        } catch (error) {
          await this.withdraw(key, { product_id: id, access_key: claim.accessKey }, context);
          throw error;
        }
      },
    );
  }

  /** Removes the key. If that fails now, its record stays, so that a reconciliation or the next claim finds the key. */
  private async withdraw(
    key: SubjectKey,
    { product_id, access_key }: { product_id: string; access_key: string | undefined },
    context: RequestContext,
  ): Promise<void> {
    if (access_key === undefined) return;
    try {
      await this.accessKeys.removeFrom(key, access_key, context);
      await this.products.claims.remove({ product_id, access_key });
    } catch (error) {
      this.#logger.warn({ err: error as Error }, 'a claimed key could not be removed');
    }
  }

  /** Allows the product to be claimed once more. */
  async reopen(id: string): Promise<void> {
    await this.reader.require(id);
    await this.products.claims.reopen(id);
  }
}
