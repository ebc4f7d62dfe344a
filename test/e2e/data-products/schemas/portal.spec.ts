import { waitFor } from '../../../../scripts/child.mjs';
import { runSql } from '../../../support/database/sql.js';
import { type Pair, PortalBench } from '../../../support/portal/bench.js';
import { DATABASE, loginOf, SchemaServer } from '../../../support/portal/schemas.js';
import type { Asset } from '../../../support/portal/stub/world.js';
import { hasPostgres } from '../../../support/servers/postgres.js';
import { START_MS } from '../../../support/service/stack.js';

const FORBIDDEN = '42501';
const TYPE = 'PostgreSQLTechnicalAssetConfiguration';

(hasPostgres() ? describe : describe.skip).each(['0.7.0', 'main'] as const)(
  'schemas of data products of a portal %s',
  (version) => {
    let bench: PortalBench;
    let database: SchemaServer;

    beforeAll(async () => {
      database = await SchemaServer.start();
      bench = await PortalBench.start({ version, env: database.env });
    }, START_MS);
    afterAll(async () => {
      await bench?.stop();
      await database?.stop();
    });

    const schemaOf = (id: string): Asset =>
      bench.portal.world.assetsOf(id).find(({ type }) => type === TYPE)!;
    const check = async (id: string): Promise<void> => {
      await bench.stack.admin.post(`/data-products/${id}/reconcile`);
      await bench.settle();
    };
    const read = async (consumer: string, table: string) =>
      database.outcome(`select from ${table}`, await loginOf(bench.projects, consumer));

    /** With a table in the provider's schema. */
    async function pair(name: string): Promise<Pair & { table: string; reader: string }> {
      const found = await bench.pair(name);
      const { schema } = (await bench.shown(found.provider)).database;
      const table = `${schema}.t`;
      await database.sql(`create table ${table} (id int)`, await loginOf(bench.projects, `${name}-provider`));
      return { ...found, table, reader: `${name}-consumer` };
    }

    it('the portal knows the schema, once; an owner may delete it, and it is not registered again', async () => {
      const [id = ''] = await bench.products('known');
      expect(schemaOf(id)).toMatchObject({
        status: 'active',
        place: { database: DATABASE, schema: 'known', table: '*', access_granularity: 'schema' },
      });
      expect((await bench.shown(id)).database).toMatchObject({
        registered: true,
        registration_problem: null,
      });
      bench.portal.world.assets.delete(schemaOf(id).id);
      // otherwise it would not be tried now anyway
      await runSql(bench.stack.env, [
        `update data_product set schema_tried_at = now() - interval '1 day', assets_tried_at = now() - interval '1 day'`,
      ]);
      const asked = bench.portal.count(/technical_assets/);
      await check(id);
      expect(schemaOf(id)).toBeUndefined();
      expect(bench.portal.count(/technical_assets/)).toBe(asked);
    });

    it.each([
      [
        'offers no PostgreSQL',
        { on: /platforms/, body: '{"platform_service_configurations":[]}' },
        'type PostgreSQL',
      ],
      ['refuses the status', { on: /^PUT .*status/, status: 403 }, 'forbids activating'],
    ])('one that %s stops no product, and it is said', async (what, fault, said) => {
      bench.portal.faults = [fault];
      const [id = ''] = await bench.products(`no-${what.split(' ')[0]}`);
      bench.portal.faults = [];
      expect(await bench.shown(id)).toMatchObject({
        state: 'ready',
        database: { registered: false, registration_problem: expect.stringContaining(said), problem: null },
      });
    });

    it('an approved consumer reads the schema while it is linked to the port', async () => {
      const { table, reader, ...found } = await pair('linked');
      const { provider, consumer, port } = found;
      await bench.grant(found);
      await bench.settle();
      expect(await read(reader, table)).toBe(FORBIDDEN);
      const asset = schemaOf(provider);
      await bench.tell(bench.portal.do.linkAsset(asset, port, 'pending'));
      await bench.settle();
      expect(await read(reader, table)).toBe(FORBIDDEN);
      await bench.tell(bench.portal.do.linkAsset(asset, port));
      await bench.settle();
      expect(await read(reader, table)).toBe('ok');
      // the port names the schema, and nothing in MinIO
      expect(await bench.reach(reader, 'linked-provider')).toBe('AccessDenied');
      expect((await bench.shown(provider)).database.readers).toEqual([consumer]);
      await bench.tell(bench.portal.do.setAssetStatus(asset, 'archived'));
      await bench.settle();
      expect(await read(reader, table)).toBe(FORBIDDEN);
      await bench.tell(bench.portal.do.setAssetStatus(asset, 'active'));
      await bench.settle();
      expect(await read(reader, table)).toBe('ok');
      await bench.tell(bench.portal.do.unlinkAsset(asset, port));
      await bench.settle();
      expect(await read(reader, table)).toBe(FORBIDDEN);
    });

    it("an asset that names another one's schema gives nothing, and is listed", async () => {
      const victim = await pair('victim');
      const { provider, consumer, port } = await pair('hostile');
      const { schema } = (await bench.shown(victim.provider)).database;
      const place = { database: DATABASE, schema, table: '*', access_granularity: 'schema' };
      // the victim's own one is not there to keep the place
      bench.portal.world.assets.delete(schemaOf(victim.provider).id);
      const { asset, deliveries } = bench.portal.do.addAsset({
        ...{ productId: provider, path: '', namespace: 'theirs', type: TYPE, place },
      });
      await bench.tell([...deliveries, ...bench.portal.do.linkAsset(asset, port)]);
      await bench.grant({ consumer, port });
      await bench.settle();
      expect(await read('hostile-consumer', victim.table)).toBe(FORBIDDEN);
      const [given] = (await bench.shown(consumer)).approvals;
      expect(given).toMatchObject({
        schema: null,
        paths: [],
        ignored: [expect.stringContaining('own PostgreSQL')],
      });
    });

    it.each(['revoke', 'deletePort', 'deleteProduct'] as const)('access ends: %s', async (how) => {
      const { table, reader, ...found } = await pair(`ends-${how.toLowerCase()}`);
      const { provider, consumer, port } = found;
      await bench.tell(bench.portal.do.linkAsset(schemaOf(provider), port));
      await bench.grant(found);
      await bench.settle();
      expect(await read(reader, table)).toBe('ok');
      const { do: act } = bench.portal;
      if (how === 'revoke') await bench.tell(act.revoke(consumer, port));
      else if (how === 'deletePort') await bench.tell(act.deleteOutputPort(port));
      else await bench.tell(act.deleteProduct(provider));
      await bench.settle();
      await check(consumer);
      expect(await read(reader, table)).toBe(FORBIDDEN);
    });

    it('a provider that only is not found keeps its readers', async () => {
      const { table, reader, ...found } = await pair('lost');
      await bench.tell(bench.portal.do.linkAsset(schemaOf(found.provider), found.port));
      await bench.grant(found);
      await bench.settle();
      const { world } = bench.portal;
      world.products.get(found.provider)!.finalizers = [];
      world.deleteProduct(found.provider);
      await check(found.provider);
      await check(found.consumer);
      expect((await bench.shown(found.provider)).state).toBe('missing');
      expect(await read(reader, table)).toBe('ok');
      await bench.stack.admin.post(`/data-products/${found.provider}/confirm-removal`);
      await waitFor('the end', async () => (await read(reader, table)) === FORBIDDEN);
    });
  },
);
