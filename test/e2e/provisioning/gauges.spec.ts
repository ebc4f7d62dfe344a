import { waitFor } from '../../../scripts/child.mjs';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { startPostgres, hasServer } from '../../support/servers/postgres.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { ended, reaches, submit } from '../../support/workflows/provisions.js';

/** The values of a metric, by its labels as they are written. */
async function gauge(stack: Stack, name: string): Promise<Record<string, number>> {
  const { status, body } = await stack.service.request('GET', '/metrics');
  expect(status).toBe(200);
  const lines = [...(body as string).matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (.*)$`, 'gm'))];
  return Object.fromEntries(lines.map(([, labels = '', value]) => [labels, Number(value)]));
}

/** Numbers are counted again two seconds later at the earliest. */
async function shows(stack: Stack, name: string, expected: Record<string, unknown>): Promise<void> {
  let shown: Record<string, number> = {};
  const as = async () => {
    shown = await gauge(stack, name);
    return (
      Object.keys(expected).every((labels) => labels in shown) &&
      Object.keys(shown).length === Object.keys(expected).length
    );
  };
  await waitFor(`${name} ${JSON.stringify(expected)}`, as, { timeoutMs: 20_000 }).catch(() => undefined);
  expect(shown).toEqual(expected);
}

describe('the numbers of provisions in /metrics', () => {
  let stack: Stack;
  const pending = new Map<string, { id: string }>();

  beforeAll(async () => {
    stack = await startStack({ env: NO_LIMITS, proxied: true });
    await makePeople(stack, ['alice']);
    await stack.admin.post('/groups/Lab', {});
  }, START_MS);
  afterAll(() => stack?.stop());

  it('there are none while nothing is open', async () => {
    for (const name of ['provisions_open', 'provisions_oldest_seconds', 'provisions_late_seconds'])
      expect([name, await gauge(stack, name)]).toEqual([name, {}]);
    expect(await gauge(stack, 'provision_dead_letters')).toEqual({});
  });

  it('one whose attempt failed is retrying, and the next of its subject is pending, and not late', async () => {
    await stack.proxy.refuse();
    for (const bucket of ['first', 'second'])
      pending.set(bucket, await submit(stack.admin, 'bucket', { bucket: 'waiting-bucket' }));
    let first = await reaches(stack.admin, pending.get('first')!, 'pending');
    while (first.error === null) first = await reaches(stack.admin, first, 'pending');
    await shows(stack, 'provisions_open', {
      'kind="bucket",state="retrying"': 1,
      'kind="bucket",state="pending"': 1,
    });
    const ages = await gauge(stack, 'provisions_oldest_seconds');
    const since = (Date.now() - Date.parse(first.created_at)) / 1000;
    expect(ages['kind="bucket",state="retrying"']).toBeGreaterThan(0);
    expect(ages['kind="bucket",state="retrying"']).toBeLessThanOrEqual(since + 1);
  });

  it('what was given up is a dead letter until it is redriven or discarded', async () => {
    const dead = [];
    for (const user of ['nobody', 'noone']) {
      const input = { group_name: 'Lab', user_name: user };
      dead.push(await ended(stack.admin, await submit(stack.admin, 'membership', input)));
    }
    await shows(stack, 'provision_dead_letters', { 'kind="membership"': 2 });
    const [first, second] = dead;
    await stack.admin.post(`/provisions/${second.id}/discard`, { reason: 'a test' });
    const again = (await stack.admin.post(`/provisions/${first.id}/redrive`)).body;
    const redriven = await ended(stack.admin, again);
    await stack.admin.post(`/provisions/${redriven.id}/discard`, { reason: 'a test' });
    await shows(stack, 'provision_dead_letters', {});
  });

  it('what is done is open no longer', async () => {
    await stack.proxy.accept();
    for (const each of pending.values()) await ended(stack.admin, each);
    await shows(stack, 'provisions_open', {});
    await shows(stack, 'provisions_oldest_seconds', {});
  });
});

(hasServer() ? describe : describe.skip)('where no worker runs', () => {
  let stack: Stack;
  let postgres: Awaited<ReturnType<typeof startPostgres>>;

  beforeAll(async () => {
    postgres = await startPostgres();
    stack = await startStack({
      database: await postgres.migratedDatabase(),
      env: { ...NO_LIMITS, ROLE: 'api' },
    });
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await postgres?.stop();
  });

  it('the first of a subject is late, and others are not', async () => {
    for (let each = 0; each < 2; each += 1) await submit(stack.admin, 'bucket', { bucket: 'late-bucket' });
    await shows(stack, 'provisions_open', { 'kind="bucket",state="pending"': 2 });
    await shows(stack, 'provisions_late_seconds', { 'kind="bucket"': expect.any(Number) });
    const before = (await gauge(stack, 'provisions_late_seconds'))['kind="bucket"'] ?? 0;
    await waitFor('a later number', async () => {
      const { 'kind="bucket"': now = 0 } = await gauge(stack, 'provisions_late_seconds');
      return now > before + 1;
    });
  });

  it('there are no numbers while the database is away, and all other metrics are there', async () => {
    await postgres.stop();
    await shows(stack, 'provisions_open', {});
    expect(Object.keys(await gauge(stack, 'process_resident_memory_bytes'))).toHaveLength(1);
  });
});
