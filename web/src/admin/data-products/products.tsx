import { useLocation } from 'preact-iso';
import { useEffect, useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import type { Schema } from '../../api/schema.ts';
import { useLoaded } from '../../api/use-loaded.ts';
import { usePaged } from '../../api/use-paged.ts';
import { List } from '../../parts/list.tsx';
import { productAddress } from '../../parts/names/links.tsx';
import { Time } from '../../parts/time.tsx';
import { formatNumber } from '../../words/format.ts';
import { words } from '../../words/en.ts';
import { State, STATES } from './states.tsx';

type Product = Schema['DataProductDto'];

/** Data products and explorations; those that are missing in the portal are told first. */
export default function Products() {
  const { query } = useLocation();
  const q = query['q'];
  const state = STATES.find((each) => each === query['state']);
  const found = usePaged(
    (cursor) => ask(api.GET('/data-products', { params: { query: { q, state, cursor } } })),
    [q, state],
  );
  const { products } = words;
  return (
    <>
      <h1>{words.pages.products}</h1>
      {state !== 'missing' && <Missing />}
      <Filters q={q ?? ''} state={state ?? ''} />
      <section>
        <List
          from={found}
          caption={words.pages.products}
          keyOf={({ id }) => id}
          empty={q === undefined && state === undefined ? products.noneYet : products.none}
          columns={[
            { title: products.name, cell: Name },
            { title: words.shares.state, cell: Outcome },
            { title: words.shares.path, cell: ({ home_path: home }) => home && <code>{home}</code> },
            { title: products.reconciled, cell: ({ last_reconciled_at: at }) => <Time at={at} /> },
          ]}
        />
      </section>
    </>
  );
}

/** How many are missing, if any are. */
function Missing() {
  const missing = useLoaded(
    () => ask(api.GET('/data-products', { params: { query: { state: 'missing', limit: 1 } } })),
    [],
  );
  const count = missing.value?.total ?? 0;
  if (count === 0) return null;
  return (
    <div class="problem" role="status">
      <p>{words.products.missing(formatNumber(count))}</p>
      <p>
        <a href="/ui/admin/data-products?state=missing">{words.products.showMissing}</a>
      </p>
    </div>
  );
}

function Filters({ q, state }: { q: string; state: string }) {
  const { route } = useLocation();
  const [text, setText] = useState(q);
  const [wanted, setWanted] = useState(state);
  useEffect(() => {
    setText(q);
    setWanted(state);
  }, [q, state]);
  const submit = (event: Event): void => {
    event.preventDefault();
    const given = Object.entries({ q: text.trim(), state: wanted }).filter(([, value]) => value !== '');
    route(`/ui/admin/data-products?${new URLSearchParams(given).toString()}`);
  };
  return (
    <form class="card filters" onSubmit={submit}>
      <label>
        {words.products.find}
        <input value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <label>
        {words.shares.state}
        <select value={wanted} onChange={(event) => setWanted(event.currentTarget.value)}>
          <option value="">{words.users.any}</option>
          {STATES.map((each) => (
            <option key={each} value={each}>
              {words.products.states[each]}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">{words.audit.filter}</button>
    </form>
  );
}

function Name({ id, name, kind }: Product) {
  return (
    <>
      <a href={productAddress(id)}>{name ?? id}</a>
      <div class="hint">{words.products.kinds[kind]}</div>
    </>
  );
}

/** How it stands, and what is wrong. */
function Outcome(product: Product) {
  return (
    <>
      <State {...product} />
      {product.last_error !== null && <div class="hint">{product.last_error}</div>}
    </>
  );
}
