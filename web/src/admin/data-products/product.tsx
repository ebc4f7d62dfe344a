import { useRoute } from 'preact-iso';
import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import type { Schema } from '../../api/schema.ts';
import { useLoaded } from '../../api/use-loaded.ts';
import { useWatch } from '../../api/use-watch.ts';
import { Loading } from '../../parts/loading.tsx';
import { words } from '../../words/en.ts';
import { ActDialog } from './act.tsx';
import { type Act, actsOf } from './acts.ts';
import { Access, Ports } from './access.tsx';
import { Facts } from './facts.tsx';
import { Database, Keys } from './secrets.tsx';
import { State } from './states.tsx';

type Found = Schema['DataProductDetailDto'];

/** One data product: how it stands, its keys, what it reaches and who reaches it. */
export default function Product() {
  const id = decodeURIComponent(useRoute().params['product'] ?? '');
  const [act, setAct] = useState<Act | undefined>();
  const product = useLoaded(
    () => ask(api.GET('/data-products/{product}', { params: { path: { product: id } } })),
    [id],
  );
  const { value, reload } = product;
  useWatch(reload, value && underWay(value), value);
  const close = (): void => {
    setAct(undefined);
    reload();
  };
  return (
    <>
      <h1>{value?.name ?? id}</h1>
      <Loading from={product}>
        {(found) => (
          <>
            <section>
              <p class="row" role="status">
                <State {...found} />
                {underWay(found) !== undefined && <span class="faint">{words.provisions.live}</span>}
              </p>
              {found.last_error !== null && (
                <div class="problem">
                  <p>
                    {words.products.error}: {found.last_error}
                  </p>
                </div>
              )}
              <p class="row">
                {actsOf(found).map((each) => (
                  <button key={each} type="button" class="quiet" onClick={() => setAct(each)}>
                    {words.products.acts[each]}
                  </button>
                ))}
              </p>
              <Facts product={found} />
            </section>
            <Keys product={found} />
            {found.database && <Database database={found.database} />}
            <Ports product={found} />
            <Access product={found} />
            {act && <ActDialog id={id} act={act} onClose={close} />}
          </>
        )}
      </Loading>
    </>
  );
}

/** What it is, while something can happen to it by itself. */
function underWay({ state, deleting, data_deletion: deletion }: Found): string | undefined {
  const isBeingDeleted = deletion?.state === 'pending' || deletion?.state === 'running';
  if (state !== 'pending' && !deleting && !isBeingDeleted) return undefined;
  return `${state} ${deleting} ${deletion?.deleted ?? 0}`;
}
