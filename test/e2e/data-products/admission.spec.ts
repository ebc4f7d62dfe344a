import { randomUUID } from 'node:crypto';
import { exchange, type PortalDelivery } from '../../support/portal/deliveries.js';
import { problemOf } from '../../support/service/problems.js';
import type { Answer } from '../../support/service/service.js';
import * as sharing from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

const ROUTES = ['/', '/webhooks/data-product-portal'];
const SECRET = 'a-secret-of-the-webhooks';
const TOKEN = 'a-token-of-the-portal';
const NOTHING = { WEBHOOK_SECRET: '', WEBHOOK_TOKEN: '', TRUST_PROXY: '', HOST: '127.0.0.1' };

describe('without a portal that can be asked', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({
      env: { ...sharing.NO_LIMITS, HOST: '::ffff:127.0.0.1', PORTAL_DEBOUNCE_MS: '50' },
    });
  }, START_MS);
  afterAll(() => stack?.stop());

  const send = (delivery: Pick<PortalDelivery, 'headers' | 'raw'>, route = '/'): Promise<Answer> => {
    const sign = delivery.headers['Sign'];
    return stack.service.request('POST', route, {
      body: delivery.raw,
      headers: { 'content-type': 'application/json', ...(sign === undefined ? {} : { sign }) },
    });
  };
  const created = (id: string, secret?: string) =>
    exchange({ method: 'POST', url: '/api/data_products', response: { id, namespace: `ns-${id}` } }, secret);
  const event = (type: string, id: string) => ({
    headers: {},
    raw: JSON.stringify({ specversion: '1.0', id: randomUUID(), source: 's', type, data: { id } }),
  });
  const known = async () =>
    (await stack.admin.get('/data-products')).body.items.map(({ id }: { id: string }) => id).sort();
  const codes = (answers: Answer[]) =>
    answers.map((each) => (each.status === 200 ? each.body.status : problemOf(each)[1]));

  it('an event is refused everywhere: it deletes nothing, makes nothing; loopback in another spelling is loopback', async () => {
    expect(codes([await send(created('local'))])).toEqual(['accepted']);
    const answers: Answer[] = [];
    for (const route of ROUTES)
      for (const type of [
        'exploration.created',
        'exploration.deleted',
        'exploration.event',
        'data_product.event',
      ])
        for (const id of ['local', randomUUID()]) answers.push(await send(event(type, id), route));
    expect(new Set(codes(answers))).toEqual(new Set(['unauthenticated']));
    expect(await known()).toEqual(['local']);
    expect((await stack.admin.get('/data-products/local')).body.deleting).toBe(false);
    // what says nothing needs no token
    expect(codes([await send(event('technical_asset.event', 'x'))])).toEqual(['ignored']);
  });

  it.each([
    ['listens for others', { HOST: '0.0.0.0' }],
    ['stands behind a proxy', { TRUST_PROXY: '1' }],
  ])('a service that %s and can tell nobody apart has no receiver', async (_, env) => {
    await stack.restart({ ...NOTHING, ...env });
    const before = await known();
    const deletion = exchange({ method: 'DELETE', url: '/api/data_products/local' });
    const answers: Answer[] = [];
    for (const route of ROUTES)
      for (const each of [created('other'), deletion, event('exploration.created', 'other')])
        answers.push(await send(each, route));
    expect(answers.map((each) => problemOf(each))).toEqual(answers.map(() => [404, 'not_found']));
    expect(await known()).toEqual(before);
  });

  it('a signed exchange is believed, an event is not', async () => {
    await stack.restart({ ...NOTHING, HOST: '0.0.0.0', WEBHOOK_SECRET: SECRET });
    const answers = [
      await send(created('signed', SECRET)),
      await send(created('unsigned')),
      await send(event('exploration.created', 'unsigned')),
      await send(exchange({ method: 'DELETE', url: '/api/v2/explorations/signed' }, SECRET)),
    ];
    expect(codes(answers)).toEqual(['accepted', 'unauthenticated', 'unauthenticated', 'ignored']);
    expect(await known()).toEqual(['local', 'signed']);
    expect((await stack.admin.get('/data-products/signed')).body).toMatchObject({
      kind: 'data_product',
      deleting: false,
    });
  });

  it('the token makes both believable', async () => {
    await stack.restart({ ...NOTHING, HOST: '0.0.0.0', WEBHOOK_TOKEN: TOKEN });
    const answers: Answer[] = [];
    for (const query of ['', '?token=wrong', `?token=${TOKEN}`])
      for (const each of [created('token'), event('exploration.created', 'look')])
        answers.push(await send(each, `/${query}`));
    expect(codes(answers)).toEqual([...Array(4).fill('unauthenticated'), 'accepted', 'accepted']);
    expect(await known()).toEqual(['local', 'look', 'signed', 'token']);
  });
});
