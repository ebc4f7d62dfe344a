import { randomUUID } from 'node:crypto';
import { exchange } from '../../support/portal/deliveries.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { LOGGED, StatementLog } from '../../support/database/statements.js';
import { hasPostgres, type PostgresServer, startPostgres } from '../../support/servers/postgres.js';

/** Statements (with `begin` and `commit`) and calls of MinIO of one operation: a number that grows is a slower service, and shows in no other test. */
const COSTS: Record<string, [statements: number, calls: number]> = {
  pair: [1, 0],
  session: [3, 1],
  'another session': [2, 1],
  rotation: [4, 3],
  'first login': [9, 9],
  'first pair of a member of a group': [9, 13],
  'share with 1': [10, 3],
  'share with 5': [22, 15],
  'share with 20': [67, 60],
  'unshare from 5': [34, 25],
  'one more share to a user with many documents': [10, 3],
  'a delivery of the portal': [4, 0],
};
/** Long names: a policy document has room for a few of such folders. */
const LONG = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(200)).join('/');
/** Shares that take several documents. */
const MANY = 40;
/** Deliveries at once, and the most statements of all of them: four for each transaction, which those share that arrive together. */
const DELIVERIES = 16;
const DELIVERIES_COST = 32;

(hasPostgres() ? describe : describe.skip)('what an operation costs', () => {
  let postgres: PostgresServer;
  let stack: Stack;
  let log: StatementLog;

  beforeAll(async () => {
    postgres = await startPostgres({ settings: LOGGED });
    log = new StatementLog(postgres);
    const database = await postgres.createDatabase();
    // without the worker's own statements; it has nothing to do here
    const env = {
      ROLE: 'api',
      SWEEP_INTERVAL_SECONDS: '0',
      RATE_LIMIT_CREDENTIALS: '0',
      RATE_LIMIT_WRITES: '0',
      RATE_LIMIT_WEBHOOKS: '0',
      // nothing is there: a delivery is accepted without asking it, and what it asks for comes long after the test
      PORTAL_API_URL: 'http://127.0.0.1:9',
      PORTAL_RESYNC_SECONDS: '0',
      PORTAL_DEBOUNCE_MS: '60000',
    };
    stack = await startStack({ database, proxied: true, env });
    // once it is there, nobody asks for it again
    const everyone = { path: `s3a://${BUCKET}/${homeOf('alice')}all/`, with_groups: ['everyone'] };
    await stack.person('alice').post('/users/alice');
    await stack.person('alice').post('/users/alice/share', everyone);
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await postgres?.stop();
  });

  /** Statements of the service and calls of MinIO by `work`. */
  async function cost(work: () => Promise<unknown>): Promise<{ statements: string[]; calls: string[] }> {
    stack.proxy.reset();
    const statements = await log.during(work);
    const calls = stack.proxy.calls.map(({ method, path, query }) => `${method} ${path}?${query.toString()}`);
    return { statements, calls };
  }

  /** What the service asks in the background, whoever calls. */
  let background: Set<string>;
  beforeAll(async () => {
    const idle = await cost(() => new Promise((resolve) => setTimeout(resolve, 3000)));
    background = new Set(idle.statements);
    expect(idle.calls).toEqual([]);
  });

  /** A portal tells of a new product. */
  async function deliver(): Promise<void> {
    const { path, headers, raw } = exchange({
      method: 'POST',
      url: '/api/v2/data_products',
      response: { id: randomUUID() },
    });
    const answer = await fetch(`${stack.service.baseUrl}${path}`, { method: 'POST', headers, body: raw });
    expect(await answer.json()).toEqual({ status: 'accepted' });
  }

  it('deliveries that arrive together share transactions', async () => {
    const counts: number[] = [];
    for (let time = 0; time < 3; time++) {
      const { statements } = await cost(() => Promise.all(Array.from({ length: DELIVERIES }, deliver)));
      counts.push(statements.filter((text) => !background.has(text)).length);
    }
    expect(Math.min(...counts)).toBeLessThanOrEqual(DELIVERIES_COST);
  });

  it('a request for a group that one may not know of costs as much as one for a group that is not there', async () => {
    await stack.admin.post('/groups/Hidden', { owners: ['alice'] });
    await stack.person('bob').get('/me');
    const ask = (group: string) => () =>
      stack.person('bob').post('/access-requests', { group, role: 'member', reason: 'for the work' });
    const spent: Record<string, string[]> = {};
    for (const name of ['Hidden', 'Nothing']) {
      const { statements } = await cost(ask(name));
      spent[name] = statements.filter((text) => !background.has(text));
    }
    expect(spent['Hidden']).toEqual(spent['Nothing']);
  });

  it('a report of the doctor asks MinIO about itself once', async () => {
    const { calls } = await cost(() => stack.admin.get('/admin/doctor'));
    expect(calls.filter((call) => call === 'GET /minio/admin/v3/info?')).toHaveLength(1);
  });

  // On a slow machine the worker takes up what a request has not finished in time, which costs more: the cheapest of three times counts.
  it.each(Object.keys(COSTS))('%s', async (operation) => {
    const seen: { made: number[]; statements: string[]; calls: string[] }[] = [];
    for (let time = 0; time < 3; time++) {
      const work = await prepare(operation);
      const spent = await cost(work);
      const statements = spent.statements.filter((text) => !background.has(text));
      seen.push({ ...spent, statements, made: [statements.length, spent.calls.length] });
    }
    const [cheapest] = seen.sort((a, b) => a.statements.length - b.statements.length);
    // the statements and calls themselves can be read when the numbers are others
    expect(cheapest).toMatchObject({ made: COSTS[operation] });
  });

  let people = 0;
  async function prepare(operation: string): Promise<() => Promise<unknown>> {
    const alice = stack.person('alice');
    await alice.post('/users/alice');
    if (operation === 'a delivery of the portal') return deliver;
    if (operation === 'pair') return () => alice.post('/users/alice', { rotate: false });
    if (operation === 'session') {
      const name = `person${people++}`;
      await stack.person(name).post(`/users/${name}`);
      return () => stack.person(name).post(`/users/${name}/sessions`);
    }
    if (operation === 'another session') {
      await alice.post('/users/alice/sessions');
      return () => alice.post('/users/alice/sessions');
    }
    if (operation === 'rotation') return () => alice.post('/users/alice');
    if (operation === 'first login') {
      const name = `person${people++}`;
      const person = stack.person(name);
      return () => person.post(`/users/${name}/sessions`);
    }
    if (operation === 'first pair of a member of a group') {
      const name = `person${people++}`;
      const person = stack.person(name);
      await person.get('/me');
      await stack.admin.post('/groups/Readers', { members: [name] });
      return () => person.post(`/users/${name}`);
    }
    if (operation.includes('many documents')) return oneMoreOfMany();
    const count = Number(operation.split(' ').pop());
    const names = Array.from({ length: count }, () => `person${people++}`);
    const folder = `s3a://${BUCKET}/${homeOf('alice')}`;
    for (const name of names) await stack.person(name).post(`/users/${name}`);
    const body = { path: `${folder}shared/`, with_users: names };
    await alice.post('/users/alice/share', { ...body, path: `${folder}before/` });
    if (operation.startsWith('share')) return () => alice.post('/users/alice/share', body);
    await alice.post('/users/alice/share', body);
    const { path, with_users: from_users } = body;
    return () => alice.post('/users/alice/unshare', { path, from_users });
  }

  /** A share to a user who has many, in a document with room for it. */
  async function oneMoreOfMany(): Promise<() => Promise<unknown>> {
    const alice = stack.person('alice');
    const name = `person${people++}`;
    await stack.person(name).post(`/users/${name}`);
    const share = (folder: string) =>
      alice.post('/users/alice/share', {
        path: `s3a://${BUCKET}/${homeOf('alice')}${folder}/`,
        with_users: [name],
      });
    for (let index = 0; index < MANY; index++) await share(`${LONG}/${index}`);
    const { policies } = await stack.root.users.info(name);
    expect(policies.length).toBeGreaterThan(5);
    await share('short');
    return () => share('shorter');
  }
});
