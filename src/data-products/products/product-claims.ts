import { Injectable } from '@nestjs/common';
import type { SubjectKey } from '../../access/subjects/subject-key.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { Problem } from '../../common/problems/problem.js';
import { AccessKeys } from '../../credentials/access-keys.js';
import type { IssuedAccessKeyDto } from '../../credentials/dto/access-key.dto.js';
import { ProductSource } from '../reconcile/product-source.js';
import { DataProductsStore } from './data-products.store.js';
import { ProductReader } from './product-reader.js';

/** How long a claimed key lives, in seconds: the longest that MinIO takes, but for an hour. */
const LIFETIME = 31_532_400;

/** Hands out a key of a data product once. Its own pair is not touched: the project goes on with it. */
@Injectable()
export class ProductClaims {
  constructor(
    private readonly products: DataProductsStore,
    private readonly reader: ProductReader,
    private readonly accessKeys: AccessKeys,
    private readonly source: ProductSource,
  ) {}

  /** A new access key of the product's principal. Throws `claimed` when that was done before, `forbidden` for who is neither owner nor administrator. */
  async claim(id: string, context: RequestContext): Promise<IssuedAccessKeyDto> {
    const email = context.caller.admin ? null : await this.requireOwner(id, context);
    const row = await this.reader.require(id);
    if (row.state !== 'ready' || row.subject_name === null)
      throw new Problem('not_possible', 'The data product is not ready');
    if (!(await this.products.markClaimed(id, true)))
      throw new Problem('claimed', 'It was claimed before; an administrator may open it again');
    const key = { kind: 'data_product', name: row.subject_name } as const;
    const claim = { product_id: id, email, claimed_by: context.name, access_key: '' };
    const remember = (accessKey: string) => {
      claim.access_key = accessKey;
      return this.products.claims.add(claim);
    };
    try {
      const issued = await this.accessKeys.issueFor(key, 'claim', LIFETIME, context, remember);
      // who left the owners since was not found by a look that came before the key
      if (email !== null) await this.requireOwner(id, context);
      return issued;
    } catch (error) {
      await this.withdraw(key, claim, context);
      throw error;
    }
  }

  /** A key that cannot be removed now keeps its claim, which a look goes by; the product may be claimed again. */
  private async withdraw(
    key: SubjectKey,
    claim: { product_id: string; access_key: string },
    context: RequestContext,
  ): Promise<void> {
    const { access_key: accessKey, product_id: id } = claim;
    const gone =
      accessKey === '' ||
      (await this.accessKeys.removeFrom(key, accessKey, context).then(
        () => true,
        () => false,
      ));
    if (gone) await this.products.claims.remove(claim);
    await this.products.markClaimed(id, false);
  }

  /** It may be claimed once more. */
  async reopen(id: string): Promise<void> {
    await this.reader.require(id);
    await this.products.markClaimed(id, false);
  }

  /** The same refusal for a product that is not there: it tells nothing. */
  private async requireOwner(id: string, { caller }: RequestContext): Promise<string> {
    const email = caller.verifiedEmail?.toLowerCase();
    const row = email === undefined ? undefined : await this.products.find(id);
    const owners = row ? await this.source.ownersOf({ kind: row.kind, id }) : [];
    if (email === undefined || !owners.includes(email))
      throw new Problem(
        'forbidden',
        'This is for an owner of the data product, by an e-mail address that the one who made the token has verified, or an administrator',
      );
    return email;
  }
}
