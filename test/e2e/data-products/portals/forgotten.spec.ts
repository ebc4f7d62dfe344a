import { BUCKET, type Pair, PortalBench } from '../../../support/portal/bench.js';
import { exchange } from '../../../support/portal/deliveries.js';
import { problemOf } from '../../../support/service/problems.js';
import { outcome, type S3 } from '../../../support/access/s3.js';
import { START_MS } from '../../../support/service/stack.js';

const SECRET = 'a-secret-of-the-webhooks';

/** A setting that got lost is no reason to believe what nobody could ask for before. */
describe('a service that followed a portal and has none any more', () => {
  let bench: PortalBench;
  let pair: Pair;
  let keys: { provider: S3; consumer: S3 };
  let before: any[];
  beforeAll(async () => {
    bench = await PortalBench.start({ secret: SECRET, env: { PRODUCTS_ON_DELETE: 'delete' } });
    pair = await bench.pair('kept');
    await bench.grant(pair);
    await bench.settle();
    keys = { provider: await bench.keysOf('kept-provider'), consumer: await bench.keysOf('kept-consumer') };
    before = await all();
  }, START_MS);
  afterAll(() => bench?.stop());

  const all = async () =>
    (await bench.stack.admin.get('/data-products')).body.items.map(
      ({ last_reconciled_at: _, ...rest }: any) => rest,
    );
  const deletions = (secret?: string) =>
    [pair.provider, pair.consumer].map((id) =>
      exchange({ method: 'DELETE', url: `/api/v2/data_products/${id}` }, secret),
    );
  const revocation = (secret?: string) =>
    exchange(
      {
        method: 'POST',
        url: `/api/v2/data_products/${pair.provider}/output_ports/${pair.port}/input_ports/revoke`,
      },
      secret,
    );
  const creation = (secret?: string) =>
    exchange(
      { method: 'POST', url: '/api/data_products', response: { id: 'stray', namespace: 'stray' } },
      secret,
    );
  const portalCheck = async () => {
    const { checks } = (await bench.stack.admin.get('/admin/doctor')).body;
    return checks.find(({ name }: { name: string }) => name === 'portal');
  };

  /** Looks are asked for, and neither they nor what was sent has changed anything. */
  async function expectKept(): Promise<void> {
    for (const { id } of before)
      expect((await bench.stack.admin.post(`/data-products/${id}/reconcile`)).status).toBe(202);
    await bench.settle();
    expect(await all()).toEqual(before);
    expect(await outcome(() => keys.provider.get(BUCKET, 'kept-provider/secret/a'))).toBe('ok');
    expect(await outcome(() => keys.consumer.get(BUCKET, 'kept-provider/staging/a'))).toBe('ok');
    expect(await bench.stack.rootS3.list(BUCKET, 'kept-provider/')).toHaveLength(5);
  }

  it('believes nobody of this machine, takes nothing, and says so', async () => {
    const { stack } = bench;
    await stack.restart({ PORTAL_API_URL: '', WEBHOOK_SECRET: '' });
    const answers = await bench.tell([...deletions(), revocation(), creation()]);
    expect(answers.map((each) => problemOf(each))).toEqual(answers.map(() => [401, 'unauthenticated']));
    await expectKept();
    expect(await portalCheck()).toMatchObject({
      verdict: 'failed',
      detail: expect.stringContaining('PORTAL_API_URL is not set'),
      remedy: expect.stringContaining('PORTAL_API_URL is set'),
    });
    expect(stack.service.logs()).toMatch(/Nothing is changed for data products: PORTAL_API_URL is not set/);
  });

  it('takes what is signed for where to look, no more', async () => {
    await bench.stack.restart({ PORTAL_API_URL: '', WEBHOOK_SECRET: SECRET });
    const answers = await bench.tell([...deletions(SECRET), revocation(SECRET), creation(SECRET)]);
    expect(answers.map(({ body }) => body.status)).toEqual(Array(4).fill('accepted'));
    await expectKept();
  });

  it('goes on where it was when the portal is set again', async () => {
    await bench.stack.restart({ PORTAL_API_URL: bench.portal.url, WEBHOOK_SECRET: SECRET });
    await bench.settle();
    await expectKept();
    expect((await portalCheck()).verdict).toBe('ok');
    await bench.tell(bench.portal.do.revoke(pair.consumer, pair.port));
    await bench.settle();
    expect(await outcome(() => keys.consumer.get(BUCKET, 'kept-provider/staging/a'))).toBe('AccessDenied');
  });
});
