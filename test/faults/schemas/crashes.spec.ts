import { waitFor } from '../../../scripts/child.mjs';
import type { Passed, Stop } from '../../support/database/statement-relay.js';
import { DATABASE } from '../../support/portal/schemas.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import { START_MS } from '../../support/service/stack.js';
import {
  approvalIn,
  CONNECT,
  creationIn,
  deletionIn,
  leavingIn,
  type Operation,
  revocationIn,
  showingIn,
} from './operations.js';
import { SchemaWorld, type Victim } from './world.js';

const LONG_MS = 400_000;
/** Deaths; each hits every fifth point of each operation. */
const DEATHS = 5;

/** Where an operation is when the service dies: at a statement, or at a call of the portal's API. */
type Point = { operation: Operation } & (
  { stop: Stop; isAlone: boolean } | { call: RegExp; skip?: number; silence: { hang: true } | { mute: true } }
);

/** Calls of an operation that change something in the portal. */
const CALLS: Record<string, { call: RegExp; skip?: number }[]> = {
  creation: [
    { call: /^POST .*ID\/technical_assets/, skip: 2 },
    { call: /^PUT .*ID\/technical_assets/ },
    { call: /^POST .*ID\/output_ports$/ },
    { call: /^POST .*ID\/output_ports.*technical_assets.add$/ },
    { call: /^POST .*ID\/output_ports.*approve_link_request$/ },
  ],
  deletion: [{ call: /^DELETE .*ID\/finalizers/ }],
};

(hasPostgres() ? describe : describe.skip)(
  'killed at the schema of a product, one replica after another',
  () => {
    let world: SchemaWorld;
    let operations: Operation[];
    let count = 0;

    beforeAll(async () => {
      world = await SchemaWorld.start();
      const all = [creationIn, approvalIn, revocationIn, deletionIn, showingIn, leavingIn];
      operations = all.map((make) => make(world));
    }, START_MS);
    afterAll(() => world?.stop());

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
      const { bench, database } = world;
      const found: Point[] = [];
      for (const operation of operations) {
        const victim = await next(operation);
        const passed = database.statements.record(watched(operation, victim));
        await operation.act(victim);
        await bench.settle();
        database.statements.open();
        await operation.expectDone(victim);
        found.push(...pointsOf(operation, passed));
      }
      for (const operation of operations)
        for (const call of CALLS[operation.name] ?? [])
          for (const silence of [{ hang: true }, { mute: true }] as const)
            found.push({ operation, ...call, silence });
      return found;
    }

    /** The operation has come to its point. */
    async function comeTo(point: Point, victim: Victim): Promise<void> {
      const { bench, database } = world;
      const { operation } = point;
      if ('stop' in point) {
        const held = database.statements.hold(watched(operation, victim), point.stop);
        // a call that is answered only afterwards is at its point before that
        return Promise.race([held, operation.act(victim).then(() => held)]);
      }
      const isNew = operation.name === 'creation';
      const deliveries = isNew ? bench.portal.do.createProduct({ namespace: victim.name }) : [];
      const id = isNew ? bench.idOf(victim.name) : victim.provider;
      const on = new RegExp(point.call.source.replace('ID', id));
      const { skip = 0, silence } = point;
      const held = new Promise<void>((reached) =>
        bench.portal.faults.push({ on, skip, ...silence, times: 1, reached }),
      );
      if (isNew) await bench.tell(deliveries);
      else await operation.act(victim);
      return held;
    }

    /** Another replica hears of everything once more while the first one stops at all points; then the first one dies. */
    async function dieAt(some: Point[]): Promise<void> {
      const { bench, database } = world;
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
          operations.map(({ name }) => [name, found.filter((each) => each.operation.name === name).length]),
        );
        expect(alone.length).toBeLessThanOrEqual(DEATHS);
        for (let death = 0; death < DEATHS; death += 1)
          await dieAt([
            ...others.filter((_, index) => index % DEATHS === death),
            ...alone.slice(death, death + 1),
          ]);
        await waitFor('the end of connections', async () => {
          const [{ n }] = await world.database.sql(
            `select count(*)::int as n from pg_locks where locktype = 'advisory' and database =
             (select oid from pg_database where datname = '${DATABASE}')`,
          );
          return n === 0;
        });
        expect(world.bench.portal.problems).toEqual([]);
        expect(await world.groupsOf('reader_owner')).toEqual([[CONNECT, 1]]);
      },
      LONG_MS,
    );
  },
);
