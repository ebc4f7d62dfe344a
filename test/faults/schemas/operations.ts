import { DATABASE } from '../../support/portal/schemas.js';
import { named, type SchemaWorld, type Victim } from './world.js';

const [FORBIDDEN, WRONG_PASSWORD] = ['42501', '28P01'];
/** What everybody who may connect is a member of. */
export const CONNECT = 'minio_manager_products';

/** What happens to a product, and what must be true of it in the end, however often the service died on the way. */
export interface Operation {
  name: string;
  /** What is there before. */
  prepare(name: string): Promise<Victim>;
  /** Whose statements it is about. */
  role(victim: Victim): string;
  act(victim: Victim): Promise<unknown>;
  expectDone(victim: Victim): Promise<void>;
}

export function creationIn(world: SchemaWorld): Operation {
  const { bench, database } = world;
  return {
    name: 'creation',
    prepare: (name) => Promise.resolve(named(name)),
    role: ({ name }) => `${name}_owner`,
    act: ({ name }) => bench.tell(bench.portal.do.createProduct({ namespace: name })),
    async expectDone({ name }) {
      const id = bench.idOf(name);
      expect(await bench.shown(id)).toMatchObject({
        ...{ state: 'ready', last_error: null },
        database: {
          ...{ schema: name, problem: null, registered: true, registration_problem: null },
          ...{ port_registered: true, port_problem: null },
        },
      });
      expect([name, await world.stateOf(name)]).toEqual([name, await world.stateOf('source')]);
      expect(await world.groupsOf(`${name}_owner`)).toEqual([[CONNECT, 1]]);
      await database.sql(`create table ${name}.t (id int)`, await world.loginOf(name));
      expect(world.assetsOf(id)).toMatchObject([
        {
          ...{ status: 'active', place: { database: DATABASE, schema: name } },
          links: [{ portId: world.portOf(id), status: 'approved' }],
        },
      ]);
      expect(bench.portal.world.portsOf(id)).toHaveLength(1);
      expect([name, callsOf(world, `${id}/technical_assets`)]).toEqual([
        name,
        ['POST', 'POST', 'POST', 'PUT'],
      ]);
      expect([name, callsOf(world, `${id}/output_ports`)]).toEqual([name, ['POST', 'POST', 'POST']]);
    },
  };
}

export function approvalIn(world: SchemaWorld): Operation {
  return {
    name: 'approval',
    prepare: (name) => world.consumer(name),
    role: ({ name }) => `${name}_owner`,
    act: (victim) => world.bench.grant(victim),
    async expectDone({ name, table }) {
      expect([name, await world.read(name, table)]).toEqual([name, 'ok']);
      expect(await world.groupsOf(`${name}_owner`)).toEqual([
        [CONNECT, 1],
        ['source_read', 1],
      ]);
    },
  };
}

export function revocationIn(world: SchemaWorld): Operation {
  const { bench } = world;
  return {
    name: 'revocation',
    async prepare(name) {
      const victim = await world.consumer(name);
      await bench.grant(victim);
      await bench.settle();
      expect(await world.read(name, 'source.t')).toBe('ok');
      return victim;
    },
    role: ({ name }) => `${name}_owner`,
    act: ({ consumer, port }) => bench.tell(bench.portal.do.revoke(consumer, port)),
    async expectDone({ name, table }) {
      expect([name, await world.read(name, table)]).toEqual([name, FORBIDDEN]);
      expect(await world.groupsOf(`${name}_owner`)).toEqual([[CONNECT, 1]]);
    },
  };
}

export function deletionIn(world: SchemaWorld): Operation {
  const { bench, database } = world;
  return {
    name: 'deletion',
    async prepare(name) {
      const [provider = ''] = await bench.products(name);
      const port = world.portOf(provider);
      await database.sql(`create table ${name}.t (id int)`, await world.loginOf(name));
      const victim = { name, provider, port, consumer: bench.idOf('reader'), table: `${name}.t` };
      await bench.grant(victim);
      await bench.settle();
      expect(await world.read('reader', victim.table)).toBe('ok');
      return victim;
    },
    role: ({ name }) => `${name}_owner`,
    act: ({ provider }) => bench.tell(bench.portal.do.deleteProduct(provider)),
    async expectDone({ name, provider }) {
      expect(await bench.shown(provider)).toMatchObject({ state: 'deleted', database: null });
      expect(await world.stateOf(name)).toEqual({ roles: [], schemas: [] });
      expect(bench.portal.world.products.has(provider)).toBe(false);
      const letGo = bench.portal.done.filter((call) => call.startsWith('DELETE') && call.includes(provider));
      expect([name, letGo.length]).toEqual([name, 1]);
    },
  };
}

/** Its owner asks for another password, and may never see the answer. */
export function showingIn(world: SchemaWorld): Operation {
  return {
    name: 'showing',
    prepare: (name) => world.known(name),
    role: ({ shown }) => shown!.role,
    act: ({ provider }) => world.ask(provider),
    async expectDone(victim) {
      await expectEnded(world, victim);
      expect((await world.bench.shown(victim.provider)).database.login_shown_to).toBe('sso-alice');
      expect(await world.database.outcome('select 1', await world.ask(victim.provider))).toBe('ok');
    },
  };
}

/** Who knows the password is no owner any more. */
export function leavingIn(world: SchemaWorld): Operation {
  const { bench } = world;
  return {
    name: 'leaving',
    prepare: (name) => world.known(name),
    role: ({ shown }) => shown!.role,
    act: ({ provider }) => bench.tell(bench.portal.do.setOwners(provider, ['second@example.org'])),
    async expectDone(victim) {
      await expectEnded(world, victim);
      const { last_error, database: found } = await bench.shown(victim.provider);
      expect([last_error, found.problem, found.login_shown_to]).toEqual([null, null, null]);
      const events = await bench.stack.admin.get(
        '/admin/audit?action=data_product.database_login_ended&limit=500',
      );
      const own = events.body.items.filter((each: any) => each.detail.id === victim.provider);
      expect([victim.name, own.length]).toEqual([victim.name, 1]);
    },
  };
}

async function expectEnded({ database }: SchemaWorld, { name, shown }: Victim): Promise<void> {
  expect([name, await database.outcome('select 1', shown!.login)]).toEqual([name, WRONG_PASSWORD]);
  await shown!.ended;
}

/** The methods of the calls with which something changed in the portal. */
function callsOf({ bench }: SchemaWorld, path: string): (string | undefined)[] {
  const calls = bench.portal.done.filter((call) => call.includes(path));
  return calls.map((call) => call.split(/[ /?]/).at(0)).sort();
}
