import { runSql } from '../../../support/database/sql.js';
import { PortalBench } from '../../../support/portal/bench.js';
import { loginOf, SchemaServer } from '../../../support/portal/schemas.js';
import { idOfUser } from '../../../support/portal/stub/answers.js';
import type { Asset } from '../../../support/portal/stub/world.js';
import { hasPostgres } from '../../../support/servers/postgres.js';
import { START_MS } from '../../../support/service/stack.js';

const TYPE = 'PostgreSQLTechnicalAssetConfiguration';

(hasPostgres() ? describe : describe.skip).each(['0.7.0', 'main'] as const)(
  'output ports of schemas in a portal %s',
  (version) => {
    let bench: PortalBench;
    let database: SchemaServer;

    beforeAll(async () => {
      database = await SchemaServer.start();
      bench = await PortalBench.start({ version, env: { ...database.env, PRODUCTS_POSTGRES_PORT: 'true' } });
    }, START_MS);
    afterEach(() => {
      expect(bench.portal.problems).toEqual([]);
      bench.portal.world.denied.clear();
    });
    afterAll(async () => {
      await bench?.stop();
      await database?.stop();
    });

    const portsOf = (id: string) => bench.portal.world.portsOf(id);
    const schemaOf = (id: string): Asset =>
      bench.portal.world.assetsOf(id).find(({ type }) => type === TYPE)!;
    const told = async (id: string) => (await bench.shown(id)).database;
    /** What was refused is tried again after an hour. */
    async function checkLater(id: string): Promise<void> {
      await runSql(bench.stack.env, [`update data_product set port_tried_at = now() - interval '1 day'`]);
      await bench.stack.admin.post(`/data-products/${id}/reconcile`);
      await bench.settle();
    }

    function expectPort(id: string): void {
      const [port, ...more] = portsOf(id);
      expect(more).toEqual([]);
      expect(schemaOf(id).links).toEqual([{ portId: port?.id, status: 'approved' }]);
    }

    it('a product has one, restricted, of its owners; who is approved for it reads the schema', async () => {
      const [provider = '', consumer = ''] = await bench.products('sales', 'reports');
      expectPort(provider);
      const [port] = portsOf(provider);
      expect(port).toMatchObject({
        ...{ name: 'PostgreSQL', namespace: 'sales-tables', unrestricted: false },
        owners: [idOfUser('owner@example.org')],
      });
      expect(await told(provider)).toMatchObject({ port_registered: true, port_problem: null });
      await database.sql('create table sales.t (id int)', await loginOf(bench.projects, 'sales'));
      await bench.grant({ consumer, port: port!.id });
      await bench.settle();
      expect(await database.outcome('select from sales.t', await loginOf(bench.projects, 'reports'))).toBe(
        'ok',
      );
    });

    it('it is made once: its owners may delete it, or link the schema elsewhere', async () => {
      const [id = ''] = await bench.products('once');
      await bench.tell(bench.portal.do.deleteOutputPort(portsOf(id)[0]!.id));
      await checkLater(id);
      expect(portsOf(id)).toEqual([]);
    });

    it('a port that the owners have linked already is enough, and what they have denied stays so', async () => {
      const { world } = bench.portal;
      world.denied.add(103);
      const [own = ''] = await bench.products('own');
      expect(await told(own)).toMatchObject({
        ...{ registered: true, port_registered: false },
        port_problem: expect.stringContaining('forbids creating an output port'),
      });
      const port = await bench.port(own);
      await bench.tell(bench.portal.do.linkAsset(schemaOf(own), port, 'pending'));
      world.denied.clear();
      world.denied.add(409);
      const [refused = ''] = await bench.products('refused');
      expect((await told(refused)).port_problem).toContain('forbids approving the link');
      await bench.tell(bench.portal.do.linkAsset(schemaOf(refused), portsOf(refused)[0]!.id, 'denied'));
      world.denied.clear();
      for (const id of [own, refused]) await checkLater(id);
      expect(portsOf(own).map(({ id }) => id)).toEqual([port]);
      expect(schemaOf(own).links).toEqual([{ portId: port, status: 'pending' }]);
      expect(schemaOf(refused).links).toMatchObject([{ status: 'denied' }]);
      for (const id of [own, refused])
        expect(await told(id)).toMatchObject({ port_registered: true, port_problem: null });
    });

    it.each([
      ['the port', /^POST .*output_ports$/],
      ['the link', /^POST .*technical_assets.add$/],
      ['the approval', /^POST .*approve_link_request$/],
    ])('an answer about %s that is lost is no second one', async (what, on) => {
      bench.portal.faults = [{ on, mute: true, times: 1 }];
      const name = `lost-${what.split(' ')[1]}`;
      const [id = ''] = await bench.products(name);
      bench.portal.faults = [];
      expectPort(id);
      expect(await told(id)).toMatchObject({ port_registered: true });
      expect(bench.portal.done.filter((call) => call.includes(`${id}/output_ports`))).toHaveLength(3);
    });

    it('a name that another port has, and a product without owners, stop nothing, and are told', async () => {
      const [other = ''] = await bench.products('other');
      bench.portal.world.addPort({ providerId: other, namespace: 'taken-tables' });
      const [taken = ''] = await bench.products('taken');
      expect(await bench.shown(taken)).toMatchObject({
        ...{ state: 'ready', last_error: null },
        database: {
          ...{ problem: null, port_registered: false },
          port_problem: expect.stringContaining('refused creating an output port'),
        },
      });
      await bench.tell(bench.portal.do.createProduct({ namespace: 'nobodys', owners: [] }));
      await bench.settle();
      expect((await told(bench.idOf('nobodys'))).port_problem).toContain('has no owner');
    });

    it('the doctor says what the key may not do', async () => {
      bench.portal.world.denied.add(312);
      const { checks } = (await bench.stack.admin.get('/admin/doctor')).body;
      const found = checks.find(({ name }: { name: string }) => name === 'portal');
      expect(found).toMatchObject({ detail: expect.stringContaining('request a link of a technical asset') });
    });
  },
);
