import { Client } from 'pg';
import { waitFor } from '../../../scripts/child.mjs';
import { CrashBench, playAll, type Moment } from '../../support/crash/crash.js';
import { ask, bodyOf, Fleet, type Replica, soon } from '../../support/service/fleet.js';
import { pointsOf, userOf } from '../../support/network/gate.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import { type Credential, LAKE } from '../../support/access/probe.js';
import type { Call } from '../../support/network/proxy.js';
import { outcome, S3 } from '../../support/access/s3.js';
import type { Service } from '../../support/service/service.js';

const DATABASES = hasPostgres() ? (['PGlite', 'PostgreSQL'] as const) : (['PGlite'] as const);
const ROUNDS = 20;

/** The folder that somebody shares. */
const folderOf = (owner: string): string => `users-warehouse/${owner}/shared/`;
const shareOf = (owner: string, user: string) => ({
  path: `s3a://${LAKE}/${folderOf(owner)}`,
  with_users: [user],
  await_login: true,
});

/** People with a folder, and S3 of those with whom it is shared. */
class Owners {
  private readonly s3: S3;

  constructor(private readonly fleet: Fleet) {
    this.s3 = new S3(fleet.minio);
  }

  async owner(service: Service): Promise<string> {
    const owner = this.fleet.person('owner');
    await bodyOf(ask.pair(service, owner), 201);
    await this.s3.put(LAKE, `${folderOf(owner)}there`);
    return owner;
  }

  async reads(pair: Credential, owner: string): Promise<string> {
    const { access_key: accessKey, secret_key: secretKey } = pair;
    const client = new S3({ endpoint: this.fleet.minio.endpoint, accessKey, secretKey });
    try {
      return await outcome(() => client.get(LAKE, `${folderOf(owner)}there`));
    } finally {
      client.close();
    }
  }

  close(): void {
    this.s3.close();
  }
}

describe.each(DATABASES)('a first login for which a share waits, killed anywhere, on %s', (kind) => {
  let bench: CrashBench;
  let owners: Owners;

  beforeAll(async () => {
    bench = await CrashBench.start(kind);
    owners = new Owners(bench.fleet);
  });
  afterAll(async () => {
    owners.close();
    await bench.stop();
  });

  interface Scene {
    owner: string;
    user: string;
  }

  const isOf = (user: string) => (call: Call) => userOf(call) === user;

  async function prepare(owner: string): Promise<Scene> {
    const user = bench.fleet.person('newcomer');
    const { results } = await bodyOf(ask.share(bench.replica.service, owner, shareOf(owner, user)), 200);
    expect(results).toMatchObject([{ name: user, status: 'waiting' }]);
    return { owner, user };
  }

  it('loses no share', async () => {
    const owner = await owners.owner(bench.replica.service);
    const { user } = await prepare(owner);
    bench.replica.proxy.reset();
    await bodyOf(ask.pair(bench.replica.service, user), 201);
    const points = pointsOf(bench.replica.proxy.calls.filter(isOf(user)));
    expect(points.length).toBeGreaterThanOrEqual(6);
    await playAll(
      points.map((point): Moment<null> => ({ operation: null, point })),
      async (moments) => {
        const scenes: Scene[] = [];
        while (scenes.length < moments.length) scenes.push(await prepare(owner));
        const plays = moments.map(({ point }, index) => {
          const { user } = scenes[index] as Scene;
          return { point, isOf: isOf(user), act: (service: Service) => ask.pair(service, user) };
        });
        const late = await bench.die(plays, () => undefined);
        for (const { user } of scenes) {
          const { service } = bench.replica;
          const pair = await soon(() => ask.pair(service, user, { rotate: false }), 200, 201);
          expect(await owners.reads(pair, owner)).toBe('ok');
          const given = await bodyOf(ask.audit(service, `subject=${owner}&action=waiting_share.given`), 200);
          const those = given.items.filter(({ detail }: any) => detail.target === `user ${user}`);
          expect([user, those.length]).toEqual([user, 1]);
        }
        return moments.filter((_, index) => late[index]);
      },
    );
  }, 300_000);
});

(hasPostgres() ? describe : describe.skip)(
  'a first login and a share at the same time, in two processes',
  () => {
    let fleet: Fleet;
    let owners: Owners;
    let first: Replica;
    let second: Replica;

    beforeAll(async () => {
      fleet = await Fleet.start('PostgreSQL');
      owners = new Owners(fleet);
      first = await fleet.add();
      second = await fleet.add();
    });
    afterAll(async () => {
      owners.close();
      await fleet.stop();
    });

    /** Does `work` while another transaction holds the row of the user; `blocked` waits until so many processes wait for locks. */
    async function whileLocked(
      owner: string,
      work: (blocked: (count: number) => Promise<unknown>) => Promise<void>,
    ): Promise<void> {
      const client = new Client({ connectionString: fleet.databaseUrl });
      await client.connect();
      const waiting = `select count(*)::int as count from pg_stat_activity where wait_event_type = 'Lock'`;
      const isBlocked = async (count: number) => (await fleet.query(waiting))[0]?.count === count;
      try {
        await client.query('begin');
        await client.query(`select from subject where name = '${owner}' for update`);
        await work((count) => waitFor('the lock', () => isBlocked(count), { everyMs: 20 }));
      } finally {
        await client.end();
      }
    }

    it('a share that is being recorded is there at the login', async () => {
      const owner = await owners.owner(first.service);
      const user = fleet.person('newcomer');
      let asked: Promise<any>[] = [];
      await whileLocked(owner, async (blocked) => {
        const shared = bodyOf(ask.share(first.service, owner, shareOf(owner, user)), 200);
        await blocked(1);
        asked = [shared, bodyOf(ask.pair(second.service, user), 201)];
        await blocked(2);
      });
      const [shared, pair] = await Promise.all(asked);
      expect([shared.results[0].status, await owners.reads(pair, owner)]).toEqual(['waiting', 'ok']);
    });

    it('a share that comes while the user is made is an ordinary one', async () => {
      const [owner, other] = [await owners.owner(first.service), await owners.owner(first.service)];
      const user = fleet.person('newcomer');
      await bodyOf(ask.share(first.service, owner, shareOf(owner, user)), 200);
      let asked: Promise<any>[] = [];
      await whileLocked(owner, async (blocked) => {
        const login = bodyOf(ask.pair(first.service, user), 201);
        await blocked(1);
        asked = [login, bodyOf(ask.share(second.service, other, shareOf(other, user)), 200)];
        await blocked(2);
      });
      const [pair, shared] = await Promise.all(asked);
      expect(shared.results[0].status).toBe('granted');
      expect([await owners.reads(pair, owner), await owners.reads(pair, other)]).toEqual(['ok', 'ok']);
    });

    it('a process that dies while it makes the user leaves the share waiting', async () => {
      const owner = await owners.owner(second.service);
      const user = fleet.person('newcomer');
      const doomed = await fleet.add();
      await bodyOf(ask.share(second.service, owner, shareOf(owner, user)), 200);
      await whileLocked(owner, async (blocked) => {
        const login = ask.pair(doomed.service, user).catch(() => 'cut off');
        await blocked(1);
        await doomed.service.kill();
        expect(await login).toBe('cut off');
      });
      const pair = await soon(() => ask.pair(second.service, user), 200, 201);
      expect(await owners.reads(pair, owner)).toBe('ok');
    });

    it('whichever comes first, nothing is lost', async () => {
      const owner = await owners.owner(first.service);
      const seen: Record<string, number> = {};
      for (let round = 0; round < ROUNDS; round++) {
        const user = fleet.person('newcomer');
        const [one, other] = round % 2 ? [first, second] : [second, first];
        const [shared, pair] = await Promise.all([
          bodyOf(ask.share(one.service, owner, shareOf(owner, user)), 200, 202),
          bodyOf(ask.pair(other.service, user), 201),
        ]);
        const [{ status }] = shared.results;
        seen[status] = (seen[status] ?? 0) + 1;
        await waitFor(`what ${user} reads`, async () => (await owners.reads(pair, owner)) === 'ok');
      }
      console.log('results of shares', seen);
      expect(await fleet.query('select from waiting_share')).toEqual([]);
    });
  },
);
