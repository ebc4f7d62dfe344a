import { createHmac } from 'node:crypto';
import { waitFor } from '../../../scripts/child.mjs';
import { Gate, type Point } from '../../support/network/gate.js';
import {
  acceptedPlan,
  endOfPlan,
  itemsOf,
  order,
  planWhen,
  takenBack,
} from '../../support/workflows/order-plans.js';
import { problemOf } from '../../support/service/problems.js';
import { submit } from '../../support/workflows/provisions.js';
import { WebhookReceiver } from '../../support/servers/receivers.js';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

const KEY = 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';
const NOBODY = 'names a user who never existed here';

const bucket = (name: string, more: object = {}) => ({ kind: 'bucket', input: { bucket: name }, ...more });
const quota = (name: string, more: object = {}) => ({
  ...{ kind: 'quota', input: { bucket: name, quota_bytes: 1e9 } },
  ...more,
});
const group = (name: string, more: object = {}) => ({ kind: 'group', input: { group_name: name }, ...more });
const member = (group_name: string, user_name: string, more: object = {}) => ({
  ...{ kind: 'membership', input: { group_name, user_name } },
  ...more,
});

describe('order plans', () => {
  let stack: Stack;
  const webhook = new WebhookReceiver();

  beforeAll(async () => {
    await webhook.start();
    const env = {
      ...NO_LIMITS,
      PROVISION_MAX_ATTEMPTS: '3',
      PLAN_CALLBACK_ORIGINS: new URL(webhook.url).origin,
      PLAN_CALLBACK_SECRET: `whsec_${KEY}`,
    };
    stack = await startStack({ env, embedded: true, proxied: true });
    stack.secrets.add('the key of the callback', KEY);
    await makePeople(stack, ['alice', 'bob']);
  }, START_MS);
  afterEach(() => stack.proxy.reset());
  afterAll(async () => {
    await stack?.stop();
    await webhook.stop();
  });

  const admin = () => stack.admin;
  const done = async (items: object[], more: object = {}) =>
    endOfPlan(admin(), await order(admin(), items, more));
  const provision = async (id: string) => (await admin().get(`/provisions/${id}`)).body;
  const hasBucket = async (name: string) => (await stack.rootS3.buckets()).includes(name);
  const recorded = async () => [
    (await admin().get('/plans?limit=500')).body.items,
    (await admin().get('/provisions?limit=500')).body.items,
  ];
  /** Holds the making of a bucket. */
  const gateAt = (name: string, point: Point = { call: 1, side: 'before' }) =>
    new Gate(stack.proxy, ({ method, path }) => method === 'PUT' && path === `/${name}`, point);

  it('begin a stage when the one before has ended, and take the last one back first', async () => {
    const items = [
      member('Survey', 'alice', { stage: 1 }),
      group('Survey'),
      bucket('survey-data'),
      member('Survey', 'nobody', { stage: 1, hard: false }),
      quota('survey-data', { stage: 2 }),
    ];
    const plan = await done(items, { order: 'order-1' });
    expect(plan).toMatchObject({ status: 'completed', result_message: null, order: 'order-1' });
    expect(itemsOf(plan)).toEqual(['completed', 'completed', 'completed', 'failed', 'completed']);
    expect(plan.items[3]).toMatchObject({ error: expect.stringContaining(NOBODY), hard: false });
    const rows = await Promise.all(plan.items.map((each: any) => provision(each.provision_id)));
    const [first, ...before] = [rows[0], rows[1], rows[2]];
    for (const { provisioned_at } of before) expect(provisioned_at < first.created_at).toBe(true);
    expect(rows[4].created_at > rows[3].events.at(-1).at).toBe(true);
    expect(rows.every(({ origin, parent_id }) => origin === 'plan' && parent_id === rows[0].parent_id)).toBe(
      true,
    );

    const again = await done([items[0]!, items[2]!, items[4]!]);
    expect(itemsOf(again)).toEqual(['skipped', 'skipped', 'skipped']);
    expect(itemsOf(await takenBack(admin(), again))).toEqual(['undone', 'undone', 'undone']);
    expect(await hasBucket('survey-data')).toBe(true);

    const gone = await takenBack(admin(), plan);
    expect(itemsOf(gone)).toEqual(['undone', 'undone', 'undone', 'failed', 'undone']);
    expect(await hasBucket('survey-data')).toBe(false);
    expect((await admin().get('/groups/Survey')).status).toBe(404);
    const { items: undoes } = (await admin().get('/provisions?kind=undo&origin=plan&limit=500')).body;
    const made = rows.map(({ id }) => undoes.findIndex(({ parent_id }: any) => parent_id === id));
    // the newest first: the quota was taken back before the member, and that one before the rest
    expect([made[4]! > made[0]!, made[0]! > made[2]!, made[2]! > made[1]!]).toEqual([true, true, true]);
    expect(problemOf(await admin().post(`/plans/${plan.id}/undo`))).toEqual([409, 'not_possible']);
    const { body } = await admin().get('/plans?order=order-1');
    expect(body.items.map(({ id }: any) => id)).toEqual([plan.id]);
  });

  it('a hard failure cancels what has not begun, and its message is that of the plan', async () => {
    const plan = await done([
      group('Lab'),
      member('Lab', 'nobody', { stage: 1 }),
      member('Lab', 'no-one', { stage: 1 }),
      bucket('never', { stage: 2 }),
    ]);
    expect([plan.status, itemsOf(plan)[1], itemsOf(plan)[3]]).toEqual(['failed', 'failed', 'cancelled']);
    expect([plan.result_message, plan.items[3].provision_id]).toEqual([plan.items[1].error, null]);
    expect(await hasBucket('never')).toBe(false);
    const { items } = (await admin().get('/provisions/dead-letters')).body;
    expect(items.some(({ id }: any) => id === plan.items[1].provision_id)).toBe(true);
    expect(items.some(({ kind }: any) => kind === 'plan')).toBe(false);
    expect(itemsOf(await takenBack(admin(), plan))[0]).toBe('undone');
  });

  it('everything is checked before anything is recorded', async () => {
    const before = await recorded();
    const callback = 'http://169.254.169.254/latest/meta-data/';
    const refused = await admin().post('/plans', {
      callback,
      items: [
        bucket('fine'),
        { kind: 'volcano', input: { name: 'x' } },
        { kind: 'bucket', input: { bucket: 'Not A Bucket', surprise: 1 } },
        { kind: 'quota', input: { bucket: 'fine', quota_bytes: -1 } },
        { kind: 'access.grant', input: { userId: 'nobody', roles: [] } },
        { kind: 'plan', input: { plan_id: '0197c0de-0000-4000-8000-000000000000' } },
        { kind: 'vault.secret', input: { path: 'x' } },
      ],
    });
    expect(problemOf(refused)).toEqual([422, 'unprocessable']);
    const fields = refused.body.errors.map(({ field }: any) => field);
    expect(fields).toEqual([
      ...['callback', 'items.1.kind', 'items.2.input.surprise'],
      ...['items.3.input.quota_bytes', 'items.4.input', 'items.5.kind', 'items.6.kind'],
    ]);
    for (const [body, status] of [
      [{ items: [] }, 422],
      [{ items: [{ kind: 'bucket' }] }, 400],
      [{ items: [bucket('fine', { stage: -1 })] }, 422],
      [{ items: [bucket('fine', { sage: 1 })] }, 400],
      [{ items: [bucket('fine')], callback: 'file:///etc/passwd' }, 422],
      [{ items: [bucket('fine')], callback: webhook.url.replace('://', '://user:password@') }, 422],
    ] as const)
      expect([body, (await admin().post('/plans', body)).status]).toEqual([body, status]);
    expect(await recorded()).toEqual(before);
  });

  it('a dry run shows the changes of each item, and why some are not known yet', async () => {
    const before = await recorded();
    const items = [bucket('later'), group('Later'), member('Later', 'bob', { stage: 1 })];
    const { status, body } = await admin().post('/plans?dry_run=true', { items });
    expect([status, body.dry_run]).toEqual([200, true]);
    const shown = body.items.map(({ changes }: any) => changes?.map(({ change }: any) => change) ?? null);
    expect(shown).toEqual([['create_bucket'], expect.arrayContaining(['put_policy']), null]);
    expect(body.items[2]).toMatchObject({ stage: 1, hard: true, reason: expect.stringMatching(/./) });
    expect(await recorded()).toEqual(before);
  });

  it('an equal request on its way is joined, and taken back with the last plan that has it', async () => {
    const gate = gateAt('shared');
    const first = await order(admin(), [bucket('shared')]);
    await gate.reached;
    const second = await order(admin(), [bucket('shared'), quota('shared')]);
    const other = await order(admin(), [bucket('shared', { input: { bucket: 'shared', versioning: true } })]);
    const joined = await planWhen(admin(), second, 'joined', ({ items }) => items[0].provision_id !== null);
    gate.open();
    const ends = await Promise.all([first, second, other].map((each) => endOfPlan(admin(), each)));
    expect(ends.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
    const [one, two, three] = ends;
    expect(joined.items[0].provision_id).toBe(one.items[0].provision_id);
    expect([one, two, three].map(({ items }) => items[0].joined)).toEqual([false, true, false]);
    expect(three.items[0].provision_id).not.toBe(one.items[0].provision_id);

    expect(itemsOf(await takenBack(admin(), one))).toEqual(['completed']);
    expect(await hasBucket('shared')).toBe(true);
    await takenBack(admin(), three);
    expect(itemsOf(await takenBack(admin(), two))).toEqual(['undone', 'undone']);
    expect(await hasBucket('shared')).toBe(false);
  });

  it('a request that somebody made by hand is joined, but not taken back', async () => {
    const gate = gateAt('by-hand');
    const made = await submit(admin(), 'bucket', { bucket: 'by-hand' });
    await gate.reached;
    const plan = await order(admin(), [bucket('by-hand')]);
    await planWhen(admin(), plan, 'joined', ({ items }) => items[0].provision_id === made.id);
    gate.open();
    await endOfPlan(admin(), plan);
    await takenBack(admin(), plan);
    expect(await hasBucket('by-hand')).toBe(true);
  });

  it('cancelled: nothing more begins, what is under way ends and stays', async () => {
    const gate = gateAt('half');
    const plan = await order(admin(), [bucket('half'), quota('half'), bucket('other-half', { stage: 1 })]);
    await gate.reached;
    acceptedPlan(await admin().post(`/plans/${plan.id}/cancel`));
    await planWhen(admin(), plan, 'the quota', ({ items }) => items[1].status === 'cancelled');
    gate.open();
    const ended = await endOfPlan(admin(), plan);
    expect([ended.status, itemsOf(ended)]).toEqual(['cancelled', ['completed', 'cancelled', 'cancelled']]);
    expect([await hasBucket('half'), await hasBucket('other-half')]).toEqual([true, false]);
    expect(problemOf(await admin().post(`/plans/${plan.id}/cancel`))).toEqual([409, 'not_possible']);
    expect(itemsOf(await takenBack(admin(), plan))).toEqual(['undone', 'cancelled', 'cancelled']);
  });

  it('the end is told by a signed webhook, again until it is taken', async () => {
    webhook.answer = ({ headers }) =>
      webhook.deliveries.filter((each) => each.headers['webhook-id'] === headers['webhook-id']).length > 1
        ? 204
        : 500;
    const plan = await done([bucket('told'), member('No-Group', 'bob', { hard: false })], {
      order: 'order-2',
      callback: webhook.url,
    });
    await waitFor('the second delivery', () => webhook.about(plan.id).length === 2);
    const [first, second] = webhook.about(plan.id);
    expect(second!.raw).toBe(first!.raw);
    const { 'webhook-id': msg, 'webhook-timestamp': at, 'webhook-signature': signature } = second!.headers;
    expect(msg).toBe(first!.headers['webhook-id']);
    const expected = createHmac('sha256', Buffer.from(KEY, 'base64')).update(
      [msg, at, second!.raw].join('.'),
    );
    expect(signature).toBe(`v1,${expected.digest('base64')}`);
    const { ended_at: timestamp, items } = plan;
    const told = items.map(({ provision_id, kind, stage, hard, status, error }: any) => ({
      ...{ provision_id, kind, stage, hard, status, error },
    }));
    expect(second!.body).toEqual({
      ...{ type: 'plan.completed', timestamp },
      data: { id: plan.id, order: 'order-2', status: 'completed', result_message: null, items: told },
    });
  });

  it('a repeated key gives the same plan, with another request a conflict', async () => {
    const headers = { 'idempotency-key': 'order-3' };
    const body = { items: [bucket('once')] };
    const [one, two] = await Promise.all([1, 2].map(() => admin().post('/plans', body, { headers })));
    expect(acceptedPlan(two!).id).toBe(acceptedPlan(one!).id);
    const other = await admin().post('/plans', { items: [bucket('twice')] }, { headers });
    expect(problemOf(other)).toEqual([409, 'idempotency_conflict']);
    expect(await endOfPlan(admin(), one!.body)).toMatchObject({ status: 'completed' });
  });

  it('killed between stages: goes on, and begins nothing twice', async () => {
    const made = gateAt('stage-one', { call: 1, side: 'after' });
    const plan = await order(admin(), [bucket('stage-one'), bucket('stage-two', { stage: 1 })]);
    await made.reached;
    await stack.service.kill();
    made.drop();
    stack.proxy.reset();
    const next = gateAt('stage-two');
    await stack.startService();
    await next.reached;
    await stack.service.kill();
    next.drop();
    stack.proxy.reset();
    await stack.startService();
    const ended = await endOfPlan(admin(), plan);
    expect([ended.status, itemsOf(ended)]).toEqual(['completed', ['completed', 'completed']]);
    const { items } = (await admin().get('/provisions?kind=bucket&limit=500')).body;
    const mine = items.filter(({ metadata }: any) => metadata.plan_id === plan.id);
    expect(mine).toHaveLength(2);
    expect(itemsOf(await takenBack(admin(), plan))).toEqual(['undone', 'undone']);
    expect([await hasBucket('stage-one'), await hasBucket('stage-two')]).toEqual([false, false]);
  }, 60_000);
});
