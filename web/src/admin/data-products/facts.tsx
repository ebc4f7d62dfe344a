import { type ComponentChildren } from 'preact';
import type { Schema } from '../../api/schema.ts';
import { EventsLink, pathAddress } from '../../parts/names/links.tsx';
import { Time } from '../../parts/time.tsx';
import { formatNumber } from '../../words/format.ts';
import { words } from '../../words/en.ts';

type Product = Schema['DataProductDetailDto'];

/** Where a data product is, in the portal and here. */
export function Facts({ product }: { product: Product }) {
  const { products, shares, provisions } = words;
  const { namespace, portal_namespace: now, home_path: home, data_deletion: deletion } = product;
  return (
    <dl>
      <Fact title={provisions.id}>
        <code>{product.id}</code> <span class="faint">({products.kinds[product.kind]})</span>{' '}
        <a href={`/ui/admin/provisions?subject=${encodeURIComponent(`data_product:${product.id}`)}`}>
          {words.pages.provisions}
        </a>
      </Fact>
      {namespace !== null && (
        <Fact title={products.namespace}>
          <code>{namespace}</code>{' '}
          {now !== null && now !== namespace && <span class="hint">{products.renamed(now)}</span>}
        </Fact>
      )}
      {home !== null && (
        <Fact title={shares.path}>
          <code>{home}</code> <a href={pathAddress(home)}>{words.oneUser.whoReaches}</a>
        </Fact>
      )}
      {product.principal !== null && (
        <Fact title={products.principal}>
          <code>{product.principal}</code> <EventsLink subject={product.principal} />
        </Fact>
      )}
      {(product.project ?? product.no_project) !== null && (
        <Fact title={products.project}>
          {product.project !== null ? <code>{product.project}</code> : product.no_project}
        </Fact>
      )}
      <Fact title={products.assets}>
        {product.assets_registered ? products.registered : (product.assets_problem ?? products.notRegistered)}
      </Fact>
      <Fact title={products.reconciled}>
        <Time at={product.last_reconciled_at} />
      </Fact>
      {product.missing_since !== null && (
        <Fact title={products.missingSince}>
          <Time at={product.missing_since} />
        </Fact>
      )}
      {deletion && <Deletion deletion={deletion} />}
    </dl>
  );
}

function Deletion({ deletion }: { deletion: Schema['DeletionDto'] }) {
  const { products } = words;
  const { state, deleted, failed, last_error: error } = deletion;
  return (
    <Fact title={products.deletion}>
      {products.deletionText(state, formatNumber(deleted), formatNumber(failed))}
      {error !== null && <div class="hint">{error}</div>}
    </Fact>
  );
}

/** A line of a list of facts. */
export function Fact({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </>
  );
}
