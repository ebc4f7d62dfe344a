import { waitFor } from '../../scripts/child.mjs';
import { hasPostgres, type PostgresServer, startPostgres } from '../support/postgres.js';
import { ended, submit } from '../support/provisions.js';
import { Relay } from '../support/relay.js';
import { runSql } from '../support/sql.js';
import { NO_LIMITS } from '../support/sharing.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../support/stack.js';

const WORKERS = 4;
/** What is acknowledged before the primary dies in the middle of more. */
const BEFORE = 12;
const SYNCHRONOUS = ['synchronous_commit=on'];

(hasPostgres() ? describe : describe.skip)('PostgreSQL with a standby', () => {
  let primary: PostgresServer;
  let standby: PostgresServer;
  let relay: Relay;
  let stack: Stack;

  beforeAll(async () => {
    primary = await startPostgres({ settings: SYNCHRONOUS });
    const url = new URL(await primary.createDatabase());
    standby = await startPostgres({ settings: SYNCHRONOUS, primary });
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
    await primary?.stop();
    await standby?.stop();
  });

  it('loses nothing that was acknowledged when it takes over; the service and its queue go on by themselves', async () => {
    const secrets = new Map<string, string>();
    const shared = new Set<string>();
    const tasks: { id: string }[] = [];
    let count = 0;
    let died = false;
    const work = async () => {
      while (!died) {
        const name = `person${(count += 1)}`;
        const person = stack.person(name);
        const made = await person.post(`/users/${name}`).catch(() => undefined);
        if (made?.status !== 201) continue;
        secrets.set(name, made.body.secret_key);
        const path = `s3a://${BUCKET}/${homeOf(name)}data/`;
        const share = await person.post(`/users/${name}/share`, { path, with_users: ['bob'] });
        if (share.status === 200 || share.status === 202) shared.add(path);
        const input = { bucket: `bucket-${name}` };
        const task = await stack.admin.post('/provisions', { kind: 'bucket', input });
        if (task.status === 202) tasks.push(task.body);
      }
    };
    const workers = Array.from({ length: WORKERS }, () => work().catch(() => undefined));
    await waitFor('people', () => secrets.size >= BEFORE, { timeoutMs: 60_000 });
    await primary.crash();
    died = true;
    await relay.cut();
    await Promise.all(workers);
    expect((await stack.service.request('GET', '/readyz')).status).toBe(503);

    standby.promote();
    await relay.moveTo({ host: '127.0.0.1', port: standby.port });
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
  }, 60_000);
});
