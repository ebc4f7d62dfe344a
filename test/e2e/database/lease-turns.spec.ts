import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, type KyselyPlugin, sql } from 'kysely';
import { waitFor } from '../../../scripts/child.mjs';
import { LeasesStore } from '../../../src/access/leases/leases.store.js';
import { inLine } from '../../../src/common/turns/line.js';
import { Secret } from '../../../src/common/secret.js';
import { openDatabase } from '../../../src/database/database.module.js';
import type { Schema } from '../../../src/database/schema.js';
import { pgliteDir } from '../../support/database/database.js';
import { hasPostgres, type PostgresServer, startPostgres } from '../../support/servers/postgres.js';
import { START_MS } from '../../support/service/stack.js';

const BOB = { kind: 'user', name: 'bob' } as const;
const KEY = 'user:bob';
const TTL_MS = 6000;

describe.each(hasPostgres() ? ['PGlite', 'PostgreSQL'] : ['PGlite'])('leases on %s', (kind) => {
  let postgres: PostgresServer | undefined;
  let opened: Awaited<ReturnType<typeof openDatabase>>;
  let db: Kysely<Schema>;
  let store: LeasesStore;
  let statements = 0;

  beforeAll(async () => {
    if (kind === 'PostgreSQL') postgres = await startPostgres();
    const url = await postgres?.createDatabase();
    opened = await openDatabase(
      url ? { url: new Secret(url), dataDir: '' } : { url: undefined, dataDir: pgliteDir() },
    );
    const counting: KyselyPlugin = {
      transformQuery: ({ node }) => ((statements += 1), node),
      transformResult: ({ result }) => Promise.resolve(result),
    };
    db = opened.db.withPlugin(counting);
    store = new LeasesStore(db);
  }, START_MS);
  afterAll(async () => {
    await opened?.close();
    await postgres?.stop();
  });
  beforeEach(() => opened.db.deleteFrom('lease').execute());

  const take = async (holder: string, waits = false) => {
    const taken = await (waits ? store.takeFor(BOB, holder, TTL_MS) : store.take(KEY, holder, TTL_MS));
    return taken && { takenOver: taken.takenOver };
  };
  /** Takes it or waits for it; however slow the machine is, it has come in time for the next one. */
  const wait = async (holder: string) => {
    const taken = await take(holder, true);
    await sql`update lease set wanted = (select coalesce(jsonb_agg(jsonb_set(each.w, '{until}', '1e10') order by nr), '[]')
      from jsonb_array_elements(wanted) with ordinality as each (w, nr))`.execute(opened.db);
    return taken;
  };
  const rows = () => opened.db.selectFrom('lease').selectAll().execute();
  const expire = () =>
    opened.db
      .updateTable('lease')
      .set({ expires_at: new Date(0) })
      .execute();
  /** Who waits has not come for long. */
  const forget = () => sql`update lease set wanted = jsonb_set(wanted, '{0,until}', '0')`.execute(opened.db);
  const holders = (): [string, string, string] => [randomUUID(), randomUUID(), randomUUID()];

  it('cost one statement to take and one to give back, and leave no row', async () => {
    const [alice] = holders();
    statements = 0;
    expect(await wait(alice)).toEqual({ takenOver: false });
    expect(await store.release(KEY, alice)).toBe(true);
    expect([statements, await rows()]).toEqual([2, []]);
  });

  it('that somebody waits for are not taken again by whoever has given them back', async () => {
    const [alice, bob, again] = holders();
    await take(alice);
    statements = 0;
    expect(await wait(bob)).toBeUndefined();
    expect(await store.release(KEY, alice)).toBe(true);
    expect(await wait(again)).toBeUndefined();
    expect(await take(again)).toBeUndefined();
    expect(await wait(bob)).toEqual({ takenOver: false });
    // waiting costs the question alone
    expect(statements).toBe(5);
    expect(await store.release(KEY, alice)).toBe(false);
    expect(await wait(again)).toBeUndefined();
    expect(await store.release(KEY, bob)).toBe(true);
    expect(await wait(again)).toEqual({ takenOver: false });
    expect(await store.release(KEY, again)).toBe(true);
    expect(await rows()).toEqual([]);
  });

  it('go to those who wait in the order in which they came', async () => {
    const [alice, bob, carol] = holders();
    const again = randomUUID();
    await take(alice);
    await wait(carol);
    await wait(bob);
    await store.release(KEY, alice);
    expect([await wait(bob), await wait(again)]).toEqual([undefined, undefined]);
    expect(await wait(carol)).toEqual({ takenOver: false });
    await store.release(KEY, carol);
    expect(await wait(again)).toBeUndefined();
    expect(await wait(bob)).toEqual({ takenOver: false });
    await store.release(KEY, bob);
    expect(await wait(again)).toEqual({ takenOver: false });
  });

  (kind === 'PostgreSQL' ? it : it.skip)(
    'read the subject as the last holder left it, however late',
    async () => {
      const [alice, bob] = holders();
      const row = { ...BOB, principal: 'bob', status: 'active', secret_salt: '', secret_key_id: '' } as const;
      await opened.db.insertInto('subject').values(row).execute();
      await take(alice);
      const recording = await opened.db.startTransaction().execute();
      await recording.deleteFrom('lease').execute();
      await recording.updateTable('subject').set({ applied_generation: 1 }).execute();
      const taking = store.takeFor(BOB, bob, TTL_MS);
      const waiting = sql<{ pid: number }>`select pid from pg_stat_activity where wait_event_type = 'Lock'`;
      await waitFor('the statement', async () => (await waiting.execute(opened.db)).rows.length > 0);
      await recording.commit().execute();
      const taken = await taking;
      expect(taken?.row).toMatchObject({ name: 'bob', applied_generation: 1, written_ms_ago: null });
      expect(taken?.row?.rotated_ms_ago).toBeGreaterThanOrEqual(0);
      await opened.db.deleteFrom('subject').execute();
      await store.release(KEY, bob);
      expect(await store.takeFor(BOB, alice, TTL_MS)).toEqual({ takenOver: false, row: undefined });
    },
  );

  it('are not kept for whoever waits no more', async () => {
    const [alice, dead, carol] = holders();
    await take(alice);
    await wait(dead);
    await store.release(KEY, alice);
    expect(await wait(carol)).toBeUndefined();
    await forget();
    expect(await wait(carol)).toEqual({ takenOver: false });
    // its mark is no reason either to keep the row
    await wait(dead);
    await forget();
    expect(await store.release(KEY, carol)).toBe(true);
    expect(await rows()).toEqual([]);
  });

  it('that were not given back are taken over by whoever waits, and their holder has nothing any more', async () => {
    const [dead, bob, carol] = holders();
    await take(dead);
    await wait(bob);
    await expire();
    expect(await wait(carol)).toBeUndefined();
    expect(await wait(bob)).toEqual({ takenOver: true });
    expect(await store.renew(KEY, dead, TTL_MS)).toBe(false);
    expect(await store.release(KEY, dead)).toBe(false);
    expect(await store.renew(KEY, bob, TTL_MS)).toBe(true);
    expect(await store.release(KEY, bob)).toBe(true);
  });

  it('that are kept, are not renewed or given back once more by whoever had them', async () => {
    const [alice, bob] = holders();
    await take(alice);
    await wait(bob);
    await store.release(KEY, alice);
    expect(await store.renew(KEY, alice, TTL_MS)).toBe(false);
    expect(await store.release(KEY, alice)).toBe(false);
  });

  it('have one holder at a time and go round those who want them', async () => {
    const turns: string[] = [];
    let inside = 0;
    const visit = async (name: string): Promise<void> => {
      const holder = randomUUID();
      let before = turns.length;
      // it waits from the first refusal on
      for (let asked = 0; !(await wait(holder)); asked += 1) {
        if (asked === 0) before = turns.length;
        await sleep(2);
      }
      expect((inside += 1)).toBe(1);
      const passed = turns.slice(before);
      turns.push(name);
      await sleep(1);
      inside -= 1;
      expect(await store.release(KEY, holder)).toBe(true);
      // each of the others once, and one that had taken it already
      for (const each of new Set(passed))
        expect(passed.filter((other) => other === each).length).toBeLessThanOrEqual(2);
    };
    const names = ['busy', 'one', 'two', 'three'];
    await Promise.all(
      names.map((name) =>
        inLine(name, async () => {
          for (let count = 0; count < 25; count += 1) await visit(name);
        }),
      ),
    );
    expect([turns.length, await rows()]).toEqual([100, []]);
  });
});
