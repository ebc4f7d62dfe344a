import { waitFor } from '../../../scripts/child.mjs';
import type { Passed, Stop } from '../../support/database/statement-relay.js';
import { type Pair, PortalBench } from '../../support/portal/bench.js';
import { DATABASE, loginOf, SchemaServer } from '../../support/portal/schemas.js';
import type { Asset } from '../../support/portal/stub/world.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import { START_MS } from '../../support/service/stack.js';

const LONG_MS = 400_000;
const FORBIDDEN = '42501';
const TYPE = 'PostgreSQLTechnicalAssetConfiguration';
/** Deaths; each hits every fifth point of each operation. */
const DEATHS = 5;
const CONNECT = 'minio_manager_products';

type Victim = Pair & { name: string; table: string };

/** What happens to a product, and what must be true of it in the end, however often the service died on the way. */
interface Operation {
  name: string;
  /** What is there before. */
  prepare(name: string): Promise<Victim>;
  /** Whose statements it is about. */
  role(victim: Victim): string;
  act(victim: Victim): Promise<unknown>;
  expectDone(victim: Victim): Promise<void>;
}

/** Where an operation is when the service dies: at a statement, or at a call of the portal's API. */
type Point = { operation: Operation } & (
  { stop: Stop; isAlone: boolean } | { call: RegExp; skip?: number; silence: { hang: true } | { mute: true } }
);

(hasPostgres() ? describe : describe.skip)(
  'killed at the schema of a product, one replica after another',
  () => {
    let bench: PortalBench;
    let database: SchemaServer;
    let count = 0;
    let source: { provider: string; port: string };

    beforeAll(async () => {
      database = await SchemaServer.start();
      const env = { WORKER_CONCURRENCY: '24', PRODUCTS_ON_DELETE: 'delete', ...database.env };
      bench = await PortalBench.start({ version: 'main', env });
      const [provider = ''] = await bench.products('source');
      source = { provider, port: await publish(provider) };
      await database.sql('create table source.t (id int)', await loginOf(bench.projects, 'source'));
      await bench.products('reader');
    }, START_MS);
    afterAll(async () => {
      await bench?.stop();
      await database?.stop();
    });

    const assetsOf = (id: string): Asset[] =>
      bench.portal.world.assetsOf(id).filter(({ type }) => type === TYPE);
    const read = async (consumer: string, table: string) =>
      database.outcome(`select from ${table}`, await loginOf(bench.projects, consumer));
    const rolesOf = async (member: string) => {
      const rows = await database.sql(
        `select g.rolname::text as name, count(*)::int as n from pg_auth_members m join pg_roles g on g.oid = m.roleid
       join pg_roles r on r.oid = m.member where r.rolname = '${member}' group by 1 order by 1`,
      );
      return rows.map(({ name, n }) => [name, n]);
    };

    /** A port that gives the schema of the product. */
    async function publish(provider: string): Promise<string> {
      const port = await bench.port(provider);
      await bench.tell(bench.portal.do.linkAsset(assetsOf(provider)[0]!, port));
      return port;
    }

    /** What the server holds of a product's schema, in words that are the same for all. */
    async function stateOf(name: string): Promise<unknown> {
      const roles = await database.sql(
        `select rolname::text, rolcanlogin, rolsuper, rolcreaterole, rolconnlimit,
         split_part(shobj_description(oid, 'pg_authid'), ';', 1) as comment
       from pg_roles where starts_with(rolname, '${name}_') order by 1`,
      );
      const schemas = await database.sql(
        `select nspname::text, nspacl::text, pg_get_userbyid(nspowner)::text as owner, obj_description(oid) as comment,
         (select array_agg(defaclacl::text) from pg_default_acl where defaclnamespace = n.oid) as defaults
       from pg_namespace n where nspname = '${name}'`,
      );
      return JSON.parse(JSON.stringify({ roles, schemas }).replaceAll(name, 'NAME'));
    }

    const named = (name: string): Victim => ({ name, provider: '', consumer: '', port: '', table: '' });

    async function consumer(name: string): Promise<Victim> {
      const [id = ''] = await bench.products(name);
      return { ...named(name), ...source, consumer: id, table: 'source.t' };
    }

    const CREATION: Operation = {
      name: 'creation',
      prepare: (name) => Promise.resolve(named(name)),
      role: ({ name }) => `${name}_owner`,
      act: ({ name }) => bench.tell(bench.portal.do.createProduct({ namespace: name })),
      async expectDone({ name }) {
        const id = bench.idOf(name);
        expect(await bench.shown(id)).toMatchObject({
          ...{ state: 'ready', last_error: null },
          database: { schema: name, problem: null, registered: true, registration_problem: null },
        });
        expect([name, await stateOf(name)]).toEqual([name, await stateOf('source')]);
        expect(await rolesOf(`${name}_owner`)).toEqual([[CONNECT, 1]]);
        await database.sql(`create table ${name}.t (id int)`, await loginOf(bench.projects, name));
        expect(assetsOf(id)).toMatchObject([
          { status: 'active', place: { database: DATABASE, schema: name } },
        ]);
        const done = bench.portal.done.filter((call) => call.includes(`${id}/technical_assets`));
        expect([name, done.map((call) => call.split(/[ /?]/).at(0)).sort()]).toEqual([
          name,
          ['POST', 'POST', 'POST', 'PUT'],
        ]);
      },
    };
    const APPROVAL: Operation = {
      name: 'approval',
      prepare: consumer,
      role: ({ name }) => `${name}_owner`,
      act: (victim) => bench.grant(victim),
      async expectDone({ name, table }) {
        expect([name, await read(name, table)]).toEqual([name, 'ok']);
        expect(await rolesOf(`${name}_owner`)).toEqual([
          [CONNECT, 1],
          ['source_read', 1],
        ]);
      },
    };
    const REVOCATION: Operation = {
      name: 'revocation',
      async prepare(name) {
        const victim = await consumer(name);
        await bench.grant(victim);
        await bench.settle();
        expect(await read(name, 'source.t')).toBe('ok');
        return victim;
      },
      role: ({ name }) => `${name}_owner`,
      act: (victim) => bench.tell(bench.portal.do.revoke(victim.consumer, victim.port)),
      async expectDone({ name, table }) {
        expect([name, await read(name, table)]).toEqual([name, FORBIDDEN]);
        expect(await rolesOf(`${name}_owner`)).toEqual([[CONNECT, 1]]);
      },
    };
    const DELETION: Operation = {
      name: 'deletion',
      async prepare(name) {
        const [provider = ''] = await bench.products(name);
        const port = await publish(provider);
        await database.sql(`create table ${name}.t (id int)`, await loginOf(bench.projects, name));
        const victim = { name, provider, port, consumer: bench.idOf('reader'), table: `${name}.t` };
        await bench.grant(victim);
        await bench.settle();
        expect(await read('reader', victim.table)).toBe('ok');
        return victim;
      },
      role: ({ name }) => `${name}_owner`,
      act: ({ provider }) => bench.tell(bench.portal.do.deleteProduct(provider)),
      async expectDone({ name, provider }) {
        expect(await bench.shown(provider)).toMatchObject({ state: 'deleted', database: null });
        expect(await stateOf(name)).toEqual({ roles: [], schemas: [] });
        expect(bench.portal.world.products.has(provider)).toBe(false);
        const letGo = bench.portal.done.filter(
          (call) => call.startsWith('DELETE') && call.includes(provider),
        );
        expect([name, letGo.length]).toEqual([name, 1]);
      },
    };
    const OPERATIONS = [CREATION, APPROVAL, REVOCATION, DELETION];

    const next = (operation: Operation) => operation.prepare(`${operation.name}${(count += 1)}`);
    const watched = (operation: Operation, victim: Victim) => `data product ${operation.role(victim)}\0`;

    /** Before each statement that changes something, and after the last one: before and after the others, all is the same. */
    function pointsOf(operation: Operation, passed: Passed[]): Point[] {
      const changes = passed.flatMap(({ changes: is }, index) => (is ? [index + 1] : []));
      const isAlone = (at: number) => {
        const begun = passed.slice(0, at).findLastIndex(({ text }) => text === 'begin');
        return passed.slice(begun, at).some(({ text }) => text.startsWith('grant connect'));
      };
      const last = changes.at(-1) ?? 0;
      return [
        ...changes.map((statement) => ({ statement, side: 'before' as const })),
        { statement: last, side: 'after' as const },
      ].map((stop) => ({ operation, stop, isAlone: stop.side === 'before' && isAlone(stop.statement) }));
    }

    async function points(): Promise<Point[]> {
      const found: Point[] = [];
      for (const operation of OPERATIONS) {
        const victim = await next(operation);
        const passed = database.statements.record(watched(operation, victim));
        await operation.act(victim);
        await bench.settle();
        database.statements.open();
        await operation.expectDone(victim);
        found.push(...pointsOf(operation, passed));
      }
      const assets = { call: /^POST .*ID\/technical_assets/, skip: 2 };
      const status = { call: /^PUT .*ID\/technical_assets/ };
      const release = { call: /^DELETE .*ID\/finalizers/ };
      for (const silence of [{ hang: true }, { mute: true }] as const)
        found.push(
          { operation: CREATION, ...assets, silence },
          { operation: CREATION, ...status, silence },
          { operation: DELETION, ...release, silence },
        );
      return found;
    }

    /** The operation has come to its point. */
    async function comeTo(point: Point, victim: Victim): Promise<void> {
      const { operation } = point;
      if ('stop' in point) {
        const held = database.statements.hold(watched(operation, victim), point.stop);
        await operation.act(victim);
        return held;
      }
      const deliveries =
        operation === CREATION ? bench.portal.do.createProduct({ namespace: victim.name }) : [];
      const id = operation === CREATION ? bench.idOf(victim.name) : victim.provider;
      const on = new RegExp(point.call.source.replace('ID', id));
      const { skip = 0, silence } = point;
      const held = new Promise<void>((reached) =>
        bench.portal.faults.push({ on, skip, ...silence, times: 1, reached }),
      );
      if (operation === CREATION) await bench.tell(deliveries);
      else await operation.act(victim);
      return held;
    }

    /** Another replica hears of everything once more while the first one stops at all points; then the first one dies. */
    async function dieAt(some: Point[]): Promise<void> {
      const victims: Victim[] = [];
      for (const { operation } of some) victims.push(await next(operation));
      const all = some.map((point, index) => ({ point, victim: victims[index]! }));
      const isLast = ({ point }: { point: Point }) => 'stop' in point && point.isAlone;
      const first = all.filter((each) => !isLast(each)).map(({ point, victim }) => comeTo(point, victim));
      await Promise.all(first);
      for (const { point, victim } of all.filter(isLast)) await comeTo(point, victim);
      const dying = bench.stack.service;
      await bench.stack.startService();
      await dying.kill();
      bench.portal.faults = [];
      database.statements.open();
      await bench.settle();
      for (const { point, victim } of all) await point.operation.expectDone(victim);
    }

    it(
      'each effect once, nothing left over',
      async () => {
        const found = await points();
        const alone = found.filter((point) => 'stop' in point && point.isAlone);
        const others = found.filter((point) => !alone.includes(point));
        console.log(
          OPERATIONS.map(({ name }) => [name, found.filter((each) => each.operation.name === name).length]),
        );
        expect(alone.length).toBeLessThanOrEqual(DEATHS);
        for (let death = 0; death < DEATHS; death += 1)
          await dieAt([
            ...others.filter((_, index) => index % DEATHS === death),
            ...alone.slice(death, death + 1),
          ]);
        await waitFor('the end of connections', async () => {
          const [{ n }] = await database.sql(
            `select count(*)::int as n from pg_locks where locktype = 'advisory' and database =
             (select oid from pg_database where datname = '${DATABASE}')`,
          );
          return n === 0;
        });
        expect(bench.portal.problems).toEqual([]);
        expect(await rolesOf('reader_owner')).toEqual([[CONNECT, 1]]);
      },
      LONG_MS,
    );
  },
);
