import fc from 'fast-check';
import { type Asset, keptAccess, portAccess } from '../../../src/data-products/approved/port-access.js';
import { loginName, schemaNames } from '../../../src/data-products/approved/schema-names.js';
import { productPrincipal } from '../../../src/policy/names.js';

const approval = { providerId: 'p', outputPortId: 'o', mode: null, since: null, until: null };
const schema = { database: 'data_products', schema: 'sales' };
const place = { bucket: 'data-products', prefix: 'sales', schema };
const PUBLISHED = ['sales/staging', 'sales/data_mart'];
const ours = { ...schema, table: '*' };
const text = fc.oneof(
  fc.constantFrom('sales', 'data_products', '*', '', 'public', 'sales"; drop', 'SALES', 'sales ', 'sal%'),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
);
const named = fc.record({
  database: fc.oneof(fc.constant('data_products'), text),
  schema: fc.oneof(fc.constant('sales'), text),
  table: fc.oneof(fc.constant('*'), text),
});
const folder = fc.record({
  bucket: fc.constantFrom('data-products', 'cdm-lake'),
  suffix: fc.constantFrom('sales', 'hr'),
  path: fc.constantFrom('staging', ''),
});
const asset: fc.Arbitrary<Asset> = fc.oneof(named, folder);
const isOurs = (each: Asset) =>
  'database' in each && each.database === 'data_products' && each.schema === 'sales' && each.table === '*';

describe('the schema that a port gives', () => {
  it("is the provider's own, and only if it is linked as a whole", () => {
    let given = 0;
    fc.assert(
      fc.property(fc.array(asset, { maxLength: 4 }), (assets) => {
        const port = portAccess(approval, place, assets);
        expect(port.schema).toBe(assets.some(isOurs) ? 'sales' : null);
        for (const path of port.paths) expect(path).toMatch(/^sales\/./);
        const strange = assets.filter((each) => 'database' in each && !isOurs(each));
        expect(strange.length === 0 || port.ignored.length > 0).toBe(true);
        if (port.schema !== null) given += 1;
      }),
      { numRuns: 2000 },
    );
    expect(given).toBeGreaterThan(50);
  });

  it.each<[string, Asset[], string | null, string[], string[]]>([
    ['nothing is linked', [], null, PUBLISHED, []],
    ['only the schema is linked', [ours], 'sales', [], []],
    ['another database is linked', [{ ...ours, database: 'x' }], null, PUBLISHED, ['database']],
    ['another schema is linked', [{ ...ours, schema: 'hr' }], null, [], ['own PostgreSQL schema']],
    ['one table is linked', [{ ...ours, table: 'orders' }], null, [], ['single PostgreSQL table']],
    [
      'both are linked',
      [ours, { bucket: 'data-products', suffix: 'sales', path: 'x' }],
      'sales',
      ['sales/x'],
      [],
    ],
  ])('%s', (_, assets, gives, paths, ignored) => {
    const port = portAccess(approval, place, assets);
    expect(port).toMatchObject({ schema: gives, paths });
    expect(port.ignored).toEqual(ignored.map((each) => expect.stringContaining(each)));
  });

  it('is given by each port if no assets are ever told', () => {
    expect(portAccess(approval, place, null)).toMatchObject({ schema: 'sales', paths: PUBLISHED });
  });

  it('is nothing where data products have none, whatever is linked', () => {
    const without = { bucket: 'data-products', prefix: 'sales' };
    for (const assets of [null, [], [ours], [{ ...ours, schema: 'hr' }]])
      expect(portAccess(approval, without, assets)).toMatchObject({
        ...{ schema: null, paths: PUBLISHED, ignored: [] },
      });
  });

  it('stays while the portal hides the port', () => {
    const port = portAccess(approval, place, [ours]);
    expect(keptAccess(approval, [port])).toEqual(port);
    const { schema: _, ...earlier } = port;
    expect(keptAccess(approval, [earlier]).schema).toBeNull();
  });
});

const prefix = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'ab-._+=,@0'), minLength: 1, maxLength: 64 }),
  fc
    .tuple(fc.string({ unit: fc.constantFrom(...'ab-._'), minLength: 1, maxLength: 3 }), fc.boolean())
    // a prefix that looks like the name that another one gets
    .map(([each, isName]) => (isName ? schemaNames(each).schema : each)),
  fc.constantFrom('public', 'pg_x', 'pg-x', 'information_schema', 'minio_manager', 'a_read', 'a', 'a_owner'),
);

describe('the names of schemas and roles', () => {
  it('belong to one prefix each, and are such that PostgreSQL takes them', () => {
    fc.assert(
      fc.property(fc.uniqueArray(prefix, { minLength: 2, maxLength: 12 }), (prefixes) => {
        const all = prefixes.map(schemaNames);
        const roles = all.flatMap(({ owner, reader }) => [owner, reader]);
        expect(new Set(all.map((each) => each.schema)).size).toBe(all.length);
        expect(new Set(roles).size).toBe(roles.length);
        for (const each of [...roles, ...all.map((names) => names.schema)]) {
          expect(each).toMatch(/^[a-z0-9_]{1,63}$/);
          expect(each).not.toMatch(/^(pg_|public$|information_schema$|minio_manager$)/);
        }
        const login = loginName(productPrincipal(prefixes[0] ?? '', ''));
        expect(login).toMatch(/^[a-z0-9_]{1,63}$/);
        expect(roles).not.toContain(login);
      }),
      { numRuns: 3000 },
    );
  });

  it('are the prefix where it can be a name', () => {
    expect(schemaNames('sales')).toEqual({ schema: 'sales', owner: 'sales_owner', reader: 'sales_read' });
    expect(schemaNames('sales-eu').schema).toMatch(/^sales_eu_[0-9a-f]{12}$/);
    expect(schemaNames('pg_stats').schema).toMatch(/^p_stats_[0-9a-f]{12}$/);
    expect(schemaNames('x'.repeat(64)).owner).toHaveLength(63);
  });
});
