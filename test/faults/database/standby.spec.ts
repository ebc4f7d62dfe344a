import { waitFor } from '../../../scripts/child.mjs';
import { hasPostgres, type PostgresServer, startPostgres } from '../../support/servers/postgres.js';
import { problemOf } from '../../support/service/problems.js';
import { ended, submit } from '../../support/workflows/provisions.js';
import { Relay } from '../../support/network/relay.js';
import { runSql } from '../../support/database/sql.js';
import { NO_LIMITS } from '../../support/access/sharing.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const WORKERS = 4;
/** What is acknowledged before the standby gets nothing more. */
const BEFORE = 12;
const SYNCHRONOUS = ['synchronous_commit=on'];
const UNAVAILABLE = [503, 'database_unavailable'];

(hasPostgres() ? describe : describe.skip)('PostgreSQL with a standby', () => {
  let primary: PostgresServer;
  let standby: PostgresServer;
  /** Between primary and standby. */
  let wire: Relay;
  let relay: Relay;
  let stack: Stack;
  /** What was acknowledged. */
  const secrets = new Map<string, string>();
  const shared = new Set<string>();
  const tasks: { id: string }[] = [];

  beforeAll(async () => {
    primary = await startPostgres({ settings: SYNCHRONOUS });
    const url = new URL(await primary.createDatabase());
    wire = await Relay.start({ host: '127.0.0.1', port: primary.port });
    const from = `primary_conninfo=host=127.0.0.1 port=${wire.port} user=postgres`;
    standby = await startPostgres({ settings: [...SYNCHRONOUS, from], primary });
    await runSql({ DATABASE_URL: primary.url }, [
      "alter system set synchronous_standby_names = '*'",
      'select pg_reload_conf()',
    ]);
    relay = await Relay.start({ host: '127.0.0.1', port: primary.port });
    url.port = String(relay.port);
    stack = await startStack({ database: url.href, env: NO_LIMITS });
    expect((await stack.person('bob').post('/users/bob')).status).toBe(201);
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await relay?.cut();
    await wire?.cut();
    await primary?.stop();
    await standby?.stop();
  });

  const make = async (name: string) => {
    const made = await stack.person(name).post(`/users/${name}`);
    if (made.status < 300) secrets.set(name, made.body.secret_key);
    return made;
  };
  const share = async (name: string, folder: string) => {
    const path = `s3a://${BUCKET}/${homeOf(name)}${folder}/`;
    const answer = await stack.person(name).post(`/users/${name}/share`, { path, with_users: ['bob'] });
    if (answer.status < 300) shared.add(path);
    return answer;
  };
  const provision = async (name: string) => {
    const answer = await stack.admin.post('/provisions', {
      kind: 'bucket',
      input: { bucket: `bucket-${name}` },
    });
    if (answer.status < 300) tasks.push(answer.body);
    return answer;
  };

  it('loses nothing that was acknowledged when it takes over; the service and its queue go on by themselves', async () => {
    let count = 0;
    let isOver = false;
    const work = async () => {
      while (!isOver) {
        const name = `person${(count += 1)}`;
        if ((await make(name)).status === 201) await Promise.all([share(name, 'data'), provision(name)]);
      }
    };
    const workers = Array.from({ length: WORKERS }, () => work().catch(() => undefined));
    await waitFor('people', () => secrets.size >= BEFORE, { timeoutMs: 60_000 }).finally(() => {
      if (secrets.size < BEFORE) isOver = true;
    });
    // the primary still takes everything, but alone: it must not be acknowledged
    wire.hang();
    const [known = ''] = secrets.keys();
    const alone = await Promise.all([
      make('newcomer'),
      make(known),
      share('person2', 'late'),
      provision('late'),
      stack.person('person3').post('/users/person3/sessions'),
    ]).finally(() => (isOver = true));
    expect(alone.map((answer) => problemOf(answer))).toEqual(alone.map(() => UNAVAILABLE));
    await primary.crash();
    await relay.cut();
    await Promise.all(workers);
    expect((await stack.service.request('GET', '/readyz')).status).toBe(503);

    await wire.cut();
    await relay.moveTo({ host: '127.0.0.1', port: standby.port });
    await waitFor('the standby', async () => (await stack.person('bob').get('/users/bob')).status === 200);
    expect(problemOf(await make('early'))).toEqual(UNAVAILABLE);
    expect((await stack.service.request('GET', '/readyz')).status).toBe(503);
    standby.promote();
    await waitFor('ready', async () => (await stack.service.request('GET', '/readyz')).status === 200);
    for (const [name, secret] of secrets) {
      const { status, body } = await stack.person(name).post(`/users/${name}`, { rotate: false });
      expect([name, status, body.secret_key]).toEqual([name, 200, secret]);
    }
    const received = (await stack.person('bob').get('/users/bob/shares?direction=received&limit=500')).body;
    expect(received.items.map(({ path }: any) => path)).toEqual(expect.arrayContaining([...shared]));
    expect(tasks.length).toBeGreaterThan(0);
    for (const task of tasks) expect((await ended(stack.admin, task)).status).toBe('completed');
    const after = await submit(stack.admin, 'bucket', { bucket: 'bucket-after' });
    expect((await ended(stack.admin, after)).status).toBe('completed');
  });
});
