import type { Schema } from '../../api/schema.ts';
import { productAddress } from '../../parts/names/links.tsx';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { words } from '../../words/en.ts';
import { Fact } from './facts.tsx';

/** Who claimed keys of a data product. The keys themselves are not told again. */
export function Keys({ product: { claims, claimed_at: at } }: { product: Schema['DataProductDetailDto'] }) {
  const { products } = words;
  return (
    <section>
      <h2>{products.keys}</h2>
      <p class="hint">{products.keysHint}</p>
      <p>
        {at === null ? (
          products.unclaimed
        ) : (
          <>
            {products.claimed} <Time at={at} />
          </>
        )}
      </p>
      {(at !== null || claims.length > 0) && (
        <Table
          caption={products.keys}
          rows={claims}
          keyOf={({ claimed_by: by, email }) => `${by} ${email ?? ''}`}
          empty={products.noClaims}
          columns={[
            { title: products.claimedBy, cell: ({ claimed_by: by }) => by },
            { title: products.email, cell: ({ email }) => email ?? products.byAdministrator },
          ]}
        />
      )}
    </section>
  );
}

/** A data product's schema and roles in PostgreSQL. */
export function Database({ database }: { database: Schema['ProductDatabaseDto'] }) {
  const { products } = words;
  const { login_shown_at: at, login_shown_to: to, read_role: readRole, readers } = database;
  return (
    <section>
      <h2>{products.database}</h2>
      {database.problem !== null && <p class="problem">{database.problem}</p>}
      <dl>
        <Fact title={products.schema}>
          {database.schema === null ? products.noSchema : <code>{database.schema}</code>}
        </Fact>
        <Fact title={products.owner}>
          <code>{database.owner_role}</code>
        </Fact>
        {readRole !== null && (
          <Fact title={products.readRole}>
            <code>{readRole}</code>
          </Fact>
        )}
        <Fact title={products.readers}>
          {readers.length === 0 && words.none}
          {readers.map((id) => (
            <div key={id}>
              <a href={productAddress(id)}>{id}</a>
            </div>
          ))}
        </Fact>
        <Fact title={products.login}>
          {to === null ? products.noLogin : products.loginTo(to)} {at !== null && <Time at={at} />}
        </Fact>
        <Fact title={products.assets}>
          {database.registered
            ? products.registered
            : (database.registration_problem ?? products.notRegistered)}
        </Fact>
        <Fact title={products.port}>
          {database.port_registered ? products.registered : (database.port_problem ?? products.notRegistered)}
        </Fact>
      </dl>
    </section>
  );
}
