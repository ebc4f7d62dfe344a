import { waitFor } from '../../../scripts/child.mjs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BUCKET, type Pair, PortalBench } from '../../support/portal/bench.js';
import { exchange, type PortalDelivery } from '../../support/portal/deliveries.js';
import { outcome, type S3 } from '../../support/access/s3.js';
import { START_MS } from '../../support/service/stack.js';

const SECRET = 'a-secret-of-the-webhooks';
/** Everything of a portal's API that ends something, or that a delivery may say so of; `:id` is one of the three ids. */
const PATHS = [
  ...['data_products', 'explorations'].flatMap((collection) => [
    `POST /api/v2/${collection}`,
    `PUT /api/v2/${collection}/:id`,
    `DELETE /api/v2/${collection}/:id`,
    `DELETE /api/${collection}/:id`,
    `POST /api/v2/${collection}/:id/finalizers`,
    `DELETE /api/v2/${collection}/:id/finalizers/minio-manager`,
    `POST /api/v2/${collection}/:id/input_ports`,
    `DELETE /api/v2/${collection}/:id/input_ports/:id`,
    ...['revoke', 'renew', 'cancel'].map((verb) => `POST /api/v2/${collection}/:id/input_ports/:id/${verb}`),
  ]),
  'PUT /api/v2/data_products/:id/status',
  'DELETE /api/v2/data_products/:id/output_ports/:id',
  ...['approve', 'deny', 'revoke', 'remove'].map(
    (verb) => `POST /api/v2/data_products/:id/output_ports/:id/input_ports/${verb}`,
  ),
  'DELETE /api/data_products/:id/dataset/:id',
  'POST /api/data_product_dataset_links/remove/:id',
  'DELETE /api/datasets/:id',
];
const TYPES = [
  ...['data_product', 'exploration', 'input_port', 'output_port'].map((each) => `${each}.event`),
  ...['created', 'updated', 'deleted'].map((verb) => `exploration.${verb}`),
];

describe('whoever sends a delivery', () => {
  let bench: PortalBench;
  let pair: Pair;
  let exploration: string;
  let keys: { provider: S3; consumer: S3; exploration: S3; claimed: S3 };
  let principals: unknown[];
  let count = 0;

  beforeAll(async () => {
    bench = await PortalBench.start({
      secret: SECRET,
      env: { PRODUCTS_ON_DELETE: 'delete' },
    });
    const { portal, stack } = bench;
    pair = await bench.pair('kept');
    await bench.grant(pair);
    await bench.tell(portal.do.createExploration({ namespace: 'look' }));
    exploration = bench.idOf('look');
    await bench.grant({ consumer: exploration, port: pair.port });
    await bench.settle();
    const claim = async (id: string) => {
      const { body } = await stack.admin.post(`/data-products/${id}/claim`);
      // it counts once its answer was sent
      await waitFor('the claim to count', async () => (await bench.shown(id)).claimed_at !== null);
      return stack.s3(body);
    };
    keys = {
      provider: await bench.keysOf('kept-provider'),
      consumer: await bench.keysOf('kept-consumer'),
      exploration: await claim(exploration),
      claimed: await claim(pair.provider),
    };
    principals = await held();
  }, START_MS);
  afterAll(() => bench?.stop());

  const all = () => [pair.provider, pair.consumer, exploration];
  const held = () =>
    Promise.all(
      all().map(async (id) => {
        const { last_reconciled_at: _, reads, read_by: readBy, ...shown } = await bench.shown(id);
        return { ...shown, grants: [...reads, ...readBy].map((each) => JSON.stringify(each)).sort() };
      }),
    );
  const event = (type: string, data: object): PortalDelivery => ({
    path: '/v2',
    headers: {},
    raw: JSON.stringify({ specversion: '1.0', id: `forged-${(count += 1)}`, source: 'me', type, data }),
  });

  /** All that there was can be done as before, by the same keys. */
  async function expectKept(): Promise<void> {
    expect(await held()).toEqual(principals);
    const { provider, consumer, exploration: reader, claimed } = keys;
    const published = () =>
      [consumer, reader].map((each) => outcome(() => each.get(BUCKET, 'kept-provider/staging/a')));
    expect(await Promise.all(published())).toEqual(['ok', 'ok']);
    for (const each of [provider, claimed])
      expect(await outcome(() => each.get(BUCKET, 'kept-provider/secret/a'))).toBe('ok');
    expect(await bench.stack.rootS3.list(BUCKET, 'kept-provider/')).toHaveLength(5);
    expect(existsSync(join(bench.projects, 'kept-provider'))).toBe(true);
  }

  it('an event that calls a data product an exploration takes nothing, nor one that calls it the other way', async () => {
    await bench.tell([
      event('exploration.event', { id: pair.provider }),
      event('exploration.deleted', { id: pair.consumer }),
      event('data_product.event', { id: exploration }),
    ]);
    await bench.settle();
    await expectKept();
  });

  it('a refused deletion under the other name takes nothing, signed or not', async () => {
    const of = (collection: string, id: string, status: number) =>
      exchange({ method: 'DELETE', url: `/api/v2/${collection}/${id}`, status }, SECRET);
    await bench.tell([
      of('explorations', pair.provider, 404),
      of('explorations', pair.consumer, 200),
      of('data_products', exploration, 404),
      of('data_products', exploration, 200),
    ]);
    await bench.settle();
    await expectKept();
  });

  it('an event under the wrong name does not stand in the way of the right one', async () => {
    const [told] = bench.portal.do.createProduct({ namespace: 'young' });
    await bench.tell([event('exploration.event', { id: bench.idOf('young') }), told!]);
    await bench.settle();
    expect(await bench.shown(bench.idOf('young'))).toMatchObject({ kind: 'data_product', state: 'ready' });
  });

  it('no delivery of any route or type takes anything that the portal still gives', async () => {
    const ids = { provider: pair.provider, consumer: pair.consumer, port: pair.port, exploration };
    const fill = (path: string, first: string, second: string) => {
      const [one, ...others] = path.split(':id');
      return others.reduce((url, part, at) => `${url}${at === 0 ? first : second}${part}`, one ?? '');
    };
    const pairs = Object.values(ids).flatMap((one) =>
      Object.values(ids).map((other) => [one, other] as const),
    );
    const forged: PortalDelivery[] = [];
    for (const path of PATHS)
      for (const [one, other] of path.split(':id').length > 2 ? pairs : pairs.filter(([a, b]) => a === b))
        for (const status of [200, 404]) {
          const [method = '', url = ''] = fill(path, one, other).split(' ');
          const response = { id: one, consuming_data_product_id: other };
          forged.push(exchange({ method, url, status, response }, SECRET));
        }
    for (const type of TYPES)
      for (const [one, other] of pairs)
        for (const kind of ['data_products', 'explorations'])
          forged.push(
            event(type, {
              id: one,
              data_product_id: other,
              consuming_abstract_data_product_id: other,
              consuming_abstract_data_product_type: kind,
            }),
          );
    expect(forged.length).toBeGreaterThan(500);
    const answers = await bench.tell(forged);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    await bench.settle();
    await expectKept();
    expect(bench.portal.problems).toEqual([]);
  }, 300_000);
});
