import type { Schema } from '../../api/schema.ts';
import { productAddress } from '../../parts/names/links.tsx';
import { Table } from '../../parts/table.tsx';
import { words } from '../../words/en.ts';

type Product = Schema['DataProductDetailDto'];
type Port = Schema['ProductPortDto'];

/** The output ports of others that were approved for a data product. */
export function Ports({ product: { approvals, waiting } }: { product: Product }) {
  const { products, shares } = words;
  return (
    <section>
      <h2>{products.ports}</h2>
      {waiting !== null && <p>{waiting}</p>}
      <Table
        caption={products.ports}
        rows={approvals}
        keyOf={({ provider_id: id, output_port_id: port }) => `${id ?? ''} ${port}`}
        empty={products.noPorts}
        columns={[
          { title: products.portOf, cell: Provider },
          { title: shares.may, cell: Mode },
          { title: products.gives, cell: Gives },
          { title: products.decided, cell: ({ decided_on: day }) => day ?? '' },
          { title: products.validUntil, cell: ({ valid_until: day }) => day ?? words.never },
        ]}
      />
    </section>
  );
}

function Provider({ provider_id: id, output_port_id: port }: Port) {
  if (id === null) return <>{words.products.hidden}</>;
  return (
    <>
      <a href={productAddress(id)}>{id}</a>
      <div class="hint">{port}</div>
    </>
  );
}

function Mode({ permission, access_mode: mode, access_mode_known: isKnown }: Port) {
  return (
    <>
      {words.levels[permission]}
      {mode !== null && !isKnown && <div class="hint">{words.products.unknownMode(mode)}</div>}
    </>
  );
}

function Gives({ paths, schema, waiting, ignored }: Port) {
  return (
    <>
      {paths.map((path) => (
        <div key={path}>
          <code>{path}</code>
        </div>
      ))}
      {schema !== null && (
        <div>
          {words.products.schema} <code>{schema}</code>
        </div>
      )}
      {[waiting, ...ignored].map((text) => text !== null && <div class="hint">{text}</div>)}
    </>
  );
}

/** What a data product reaches of others, and who reaches its data. */
export function Access({ product: { reads, read_by: readBy } }: { product: Product }) {
  const { products, shares } = words;
  const lists = [
    { title: products.reads, rows: reads, empty: products.noReads },
    { title: products.readBy, rows: readBy, empty: products.noReadBy },
  ];
  return (
    <>
      {lists.map(({ title, rows, empty }) => (
        <section key={title}>
          <h2>{title}</h2>
          <Table
            caption={title}
            rows={rows}
            keyOf={({ path, principal }) => `${path} ${principal ?? ''}`}
            empty={empty}
            columns={[
              { title: products.product, cell: ({ principal }) => principal ?? '' },
              { title: shares.path, cell: ({ path }) => <code>{path}</code> },
              { title: shares.may, cell: ({ permission }) => words.levels[permission] },
            ]}
          />
        </section>
      ))}
    </>
  );
}
