import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pgliteDir } from '../../support/database/database.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import { type Service, type ServiceEnded, startService } from '../../support/service/service.js';
import { BUCKET, type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';
import { workerPostgres } from '../../support/servers/worker-postgres.js';

const databases = hasPostgres() ? ['the embedded database', 'PostgreSQL'] : ['the embedded database'];

describe.each(databases)('the main job on %s', (kind) => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ embedded: kind !== 'PostgreSQL' });
  }, START_MS);
  afterAll(() => stack?.stop());

  it('goes on after a restart with the same pair, and with what was in progress', async () => {
    const alice = stack.person('alice');
    const { body: first } = await alice.post('/users/alice');
    await stack.s3(first).put(BUCKET, 'users-warehouse/alice/a', 'x');
    await stack.restart();
    const { body: again } = await alice.post('/users/alice', { rotate: false });
    expect(again).toMatchObject({ secret_key: first.secret_key, created: false, rotated: false });
    const { body: rotated } = await alice.post('/users/alice');
    expect(rotated.secret_key).not.toBe(first.secret_key);
    expect(await stack.s3(rotated).get(BUCKET, 'users-warehouse/alice/a')).toBe('x');
  });

  it('lists users in pages, sorted by name', async () => {
    const names = Array.from({ length: 7 }, (_, index) => `page${index}`);
    for (const name of names) await stack.person(name).post(`/users/${name}`);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor ? `&cursor=${cursor}` : '';
      const { body } = await stack.admin.get(`/admin/users?q=page&limit=3${query}`);
      seen.push(...body.items.map((item: { user_name: string }) => item.user_name));
      cursor = body.next_cursor;
    } while (cursor);
    expect(seen).toEqual(names);
  });
});

const postgresOnly = hasPostgres() ? describe : describe.skip;

postgresOnly('replicas that start together on an empty PostgreSQL', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ embedded: false });
  }, START_MS);
  afterAll(() => stack?.stop());

  it(
    'wait for each other and agree on the key',
    async () => {
      const server = await workerPostgres();
      const url = await server.createDatabase();
      const env = { ...stack.env, DATABASE_URL: url };
      const starts = Array.from({ length: 3 }, () => startService({ env }));
      const replicas = await Promise.all(starts);
      try {
        const { token } = stack.person('erin');
        const pairs = await Promise.all(
          replicas.map((each) => each.request('POST', '/users/erin', { token, body: { rotate: false } })),
        );
        expect(new Set(pairs.map(({ body }) => body.secret_key)).size).toBe(1);
        expect(pairs.filter(({ status }) => status === 201)).toHaveLength(1);
      } finally {
        for (const each of replicas) await each.kill();
        await server.dropDatabase(url);
      }
    },
    START_MS,
  );
});

describe('the folder of the embedded database', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ embedded: true });
  }, START_MS);
  afterAll(() => stack?.stop());

  const attempt = (DATA_DIR: string): Promise<Service | ServiceEnded> =>
    startService({ env: { ...stack.env, DATA_DIR }, readyTimeoutMs: START_MS - 20_000 }).catch(
      (error: ServiceEnded) => error,
    );
  const isService = (each: Service | ServiceEnded): each is Service => 'request' in each;

  it(
    'is refused to a second process, and the first one goes on',
    async () => {
      const second = await attempt(stack.env.DATA_DIR ?? '');
      expect(isService(second)).toBe(false);
      expect((second as ServiceEnded).logs).toContain('is in use by another process of this service');
      expect((await stack.person('alice').post('/users/alice')).status).toBe(201);
    },
    START_MS,
  );

  it(
    'is taken by exactly one of several that start at the same moment',
    async () => {
      const folder = pgliteDir();
      const outcomes = await Promise.all(Array.from({ length: 6 }, () => attempt(folder)));
      const served = outcomes.filter(isService);
      for (const each of served) await each.kill();
      expect(served).toHaveLength(1);
    },
    START_MS,
  );

  it(
    'is taken over from a process that was killed, and may have a long name',
    async () => {
      const folder = join(tempDir('long'), 'd'.repeat(120));
      mkdirSync(folder);
      const first = await startService({ env: { ...stack.env, DATA_DIR: folder }, readyTimeoutMs: 100_000 });
      await first.kill();
      const second = await attempt(folder);
      expect(isService(second)).toBe(true);
      if (isService(second)) {
        expect(second.isRunning()).toBe(true);
        await second.kill();
      }
    },
    START_MS,
  );
});
