import { randomUUID } from 'node:crypto';
import { PortalBench } from '../../../support/portal/bench.js';
import { exchange, type PortalDelivery } from '../../../support/portal/deliveries.js';
import { START_MS } from '../../../support/service/stack.js';

const LIMIT = 50;
const FLOOD = 500;
const AT_ONCE = 25;

describe('a flood of deliveries', () => {
  let bench: PortalBench;
  beforeAll(async () => {
    bench = await PortalBench.start({ env: { RATE_LIMIT_WEBHOOKS: String(LIMIT) } });
  }, START_MS);
  afterAll(() => bench?.stop());

  async function send(deliveries: PortalDelivery[]): Promise<any[]> {
    const answers: any[] = [];
    const rest = [...deliveries];
    while (rest.length > 0)
      answers.push(...(await Promise.all(rest.splice(0, AT_ONCE).map((each) => bench.send(each)))));
    return answers;
  }
  const event = (id: string): PortalDelivery => ({
    path: '/v2',
    headers: {},
    raw: JSON.stringify({
      ...{ specversion: '1.0', id: randomUUID(), source: 'me', type: 'data_product.event' },
      data: { id },
    }),
  });
  const statuses = (answers: any[]) =>
    Object.fromEntries(
      [...new Set(answers.map(({ status }) => status))].map((status) => [
        status,
        answers.filter((each) => each.status === status).length,
      ]),
    );

  it('is taken whole, makes one look at everything beside those within the limit, and drops nothing', async () => {
    const { admin } = bench.stack;
    const asked = bench.portal.requests.length;
    const flood = Array.from({ length: FLOOD }, () => event(randomUUID()));
    // a real one among the last of them
    bench.portal.do.createProduct({ namespace: 'drowned' });
    const began = Date.now();
    const answers = await send([...flood, event(bench.idOf('drowned'))]);
    // a minute may have begun before them, and on a slow machine they need more than one
    const minutes = 2 + Math.floor((Date.now() - began) / 60_000);
    expect(statuses(answers)).toEqual({ 200: FLOOD + 1 });
    expect(new Set(answers.map(({ body }) => body.status))).toEqual(new Set(['accepted']));
    const made = (
      await Promise.all(['pending', 'processing', 'completed'].map((status) => bench.provisions(status)))
    ).flat();
    const told = made.filter(({ origin }) => origin === 'webhook');
    const everything = told.filter(({ kind }) => kind === 'data_product.resync');
    expect(told.length - everything.length).toBeLessThanOrEqual(LIMIT * minutes);
    expect(everything.length).toBeLessThanOrEqual(minutes);
    const waits = everything.find(({ status }) => status === 'pending');
    expect(Date.parse(waits.due_at) - Date.parse(waits.created_at)).toBeGreaterThan(0);
    expect((await admin.post(`/provisions/${waits.id}/retry`)).status).toBe(202);
    await bench.settle();
    expect(await bench.shown(bench.idOf('drowned'))).toMatchObject({ state: 'ready' });
    // an unknown id is asked for under both kinds, and nothing is asked for those over the limit
    expect(bench.portal.requests.length - asked).toBeLessThan(2 * LIMIT * minutes + 50);
  }, 240_000);

  it('does not put off what is signed', async () => {
    const [told] = bench.portal.do.createProduct({ namespace: 'signed' });
    expect((await bench.send(told!)).body).toEqual({ status: 'accepted' });
    await bench.settle();
    expect(await bench.shown(bench.idOf('signed'))).toMatchObject({ state: 'ready' });
  });

  it('of what is not taken is answered 429, and keeps out nobody who is right', async () => {
    const wrong = exchange({ method: 'DELETE', url: '/api/v2/data_products/x' }, 'another secret');
    const broken: PortalDelivery = { path: '/v2', headers: {}, raw: '{"specversion":"0.3"}' };
    const answers = await send([...Array.from({ length: LIMIT }, () => wrong), broken, wrong]);
    expect(statuses(answers)).toEqual({ 401: LIMIT, 429: 2 });
    const { headers, body } = answers.at(-1);
    expect(body.code).toBe('rate_limited');
    expect(headers['retry-after']).toMatch(/^[1-9]\d?$/);
    expect([headers['ratelimit-limit'], headers['ratelimit-remaining']]).toEqual([String(LIMIT), '0']);
    const [right] = bench.portal.do.createProduct({ namespace: 'right' });
    expect((await bench.send(right!)).status).toBe(200);
  });
});
