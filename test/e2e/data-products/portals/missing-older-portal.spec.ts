import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../../../../scripts/child.mjs';
import { BUCKET, PortalBench } from '../../../support/portal/bench.js';
import { exchange } from '../../../support/portal/deliveries.js';
import { outcome, type S3 } from '../../../support/access/s3.js';
import { START_MS } from '../../../support/service/stack.js';
import { lose, portalCheck, resync, SECRET } from '../../../support/portal/missing.js';

const DELETE = { PRODUCTS_ON_DELETE: 'delete' };
const signedDeletion = (id: string) =>
  exchange({ method: 'DELETE', url: `/api/v2/data_products/${id}` }, SECRET);

describe('a portal 0.5.1, which knows no finalizers', () => {
  let bench: PortalBench;
  beforeAll(async () => {
    bench = await PortalBench.start({ version: '0.5.1', secret: SECRET, env: DELETE });
    await bench.products('one', 'two', 'three');
    await resync(bench);
  }, START_MS);
  afterAll(() => bench?.stop());
  const read = async (name: string, keys: S3) => outcome(() => keys.get(BUCKET, `${name}/a`));

  it('ends access by a deletion that it tells and confirms; data wait for an administrator', async () => {
    const { admin, rootS3 } = bench.stack;
    const [id = ''] = await bench.products('gone');
    const keys = await bench.keysOf('gone');
    // told, but not so
    await bench.tell([signedDeletion(id)]);
    await bench.settle();
    expect([(await bench.shown(id)).state, await read('gone', keys)]).toEqual(['ready', 'ok']);
    await bench.tell(bench.portal.do.deleteProduct(id));
    await bench.settle();
    expect(await bench.shown(id)).toMatchObject({ state: 'deleted', data_waits: true, data_deletion: null });
    expect(await read('gone', keys)).toBe('InvalidAccessKeyId');
    expect(await rootS3.list(BUCKET, 'gone/')).toHaveLength(5);
    expect(existsSync(join(bench.projects, 'gone'))).toBe(true);
    expect(await portalCheck(bench)).toMatchObject({ verdict: 'warning' });
    expect((await admin.post(`/data-products/${id}/confirm-removal`)).status).toBe(202);
    await waitFor('no data', async () => (await rootS3.list(BUCKET, 'gone/')).length === 0);
    await bench.settle();
    expect(existsSync(join(bench.projects, 'gone'))).toBe(false);
    expect(await bench.shown(id)).toMatchObject({ data_waits: false });
    expect((await portalCheck(bench)).verdict).toBe('ok');
  });

  it('takes nothing by what only a look at everything misses, or anybody may have told', async () => {
    const id = bench.idOf('one');
    const keys = await bench.keysOf('one');
    lose(bench, id);
    expect((await bench.send({ ...signedDeletion(id), headers: {} })).status).toBe(401);
    await resync(bench);
    expect([(await bench.shown(id)).state, await read('one', keys)]).toEqual(['missing', 'ok']);
  });
});
