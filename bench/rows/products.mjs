// 1,000 data products of a portal, each of which reads another one: until all are made, and, at the next starts, until all are looked at again
// and found in sync. The floors: a policy, a user, a mapping and a marker for each, and what a portal must be asked.
import { setTimeout as sleep } from 'node:timers/promises';
import { inLanes, slowestWhile } from '../load.mjs';
import { holds, value } from '../results.mjs';
import { get, post } from '../stage.mjs';

const PRODUCTS = 1000;
const BUCKET = 'data-products';
const STARTS = 3;
/** As many as the service looks at at once. */
const LANES = 4;
const PAGE = 500;
const LOOK_MS = 50;
const LISTED = { method: 'GET', path: '/api/v2/data_products', headers: [] };

export async function products(stage, samples) {
  const count = samples.count(PRODUCTS);
  const minio = await stage.counted(await stage.minio());
  const portal = await stage.portal({ products: count });
  const settings = {
    database: await stage.databaseEnv(),
    env: {
      PORTAL_API_URL: portal.url,
      PORTAL_RESYNC_SECONDS: '86400',
      PROV_TEMPLATE_OUTPUT_PATH: stage.folder(),
    },
  };
  const floor = await stage.act(() => bareProducts(stage, { minio, portal, count }));
  const made = await stage.act(() => firstStart(stage, minio, settings, count));
  const looks = [];
  for (let start = 0; start < STARTS; start += 1) {
    const bare = await bareLook(portal, count);
    looks.push({ bare, ...(await stage.act(() => laterStart(stage, { minio, portal, settings, count }))) });
  }
  const of = (name) => looks.map((each) => each[name]);
  const what = `${count.toLocaleString('en')} data products`;
  const writes = of('writes').reduce((sum, each) => sum + each, 0);
  const calls = Math.max(...of('calls'));
  const quiet = holds(
    'no MinIO write',
    writes === 0,
    `${calls.toLocaleString('en')} calls of the portal to look at ${what} in sync, and ${writes} writes to MinIO`,
  );
  return [
    value(`${what}, from ready to all of them made`, 'ms', { service: [made], floor: [floor] }),
    value(
      `${what} in sync, from ready to all looked at`,
      'ms',
      { service: of('ms'), floor: of('bare') },
      () => [quiet],
    ),
    value(`${what} in sync, slowest session`, 'ms', { service: of('slowest'), floor: of('calm') }),
  ];
}

async function firstStart(stage, minio, settings, count) {
  const service = await stage.service(minio, settings);
  const ready = performance.now();
  await lookedAt(service, 0);
  const ms = performance.now() - ready;
  const made = await readyProducts(service);
  if (made !== count) throw new Error(`${made} of ${count} data products are ready`);
  // whose sessions are measured at the next starts
  await service.client.expect(post('/users/person', service.token), 201);
  return ms;
}

/** One start with everything in sync, with a person who asks for sessions all the time, and afterwards for as long as two seconds. */
async function laterStart(stage, { minio, portal, settings, count }) {
  const [calls, writes] = [await callsOf(portal), minio.writes()];
  const began = Date.now();
  const service = await stage.service(minio, settings);
  const session = post('/users/person/sessions', service.token);
  const ask = () => service.client.expect(session, 201);
  const ready = performance.now();
  const look = lookedAt(service, began);
  const slowest = await slowestWhile(ask, look);
  const { at, checked, changed, failed } = await look;
  if (checked !== count || changed + failed > 0) throw new Error(`${changed} changed, ${failed} failed`);
  const figures = {
    ms: at - ready,
    slowest,
    calls: (await callsOf(portal)) - calls,
    writes: minio.writes() - writes,
  };
  return { ...figures, calm: await slowestWhile(ask, sleep(2000)) };
}

/** When the look at everything that began after that time is over, and all that came of it. */
async function lookedAt(service, began) {
  const list = async (query) => {
    const { body } = await service.client.expect(
      get(`/provisions?${query}&limit=1`, service.adminToken),
      200,
    );
    return JSON.parse(body).items;
  };
  for (;;) {
    await sleep(LOOK_MS);
    const [latest] = await list('kind=data_product.resync&status=completed');
    if (!latest || Date.parse(latest.created_at) < began) continue;
    if ((await list('status=pending')).length + (await list('status=processing')).length > 0) continue;
    return { at: performance.now(), ...latest.result };
  }
}

async function readyProducts(service) {
  let ready = 0;
  for (let cursor = ''; ;) {
    const path = `/data-products?limit=${PAGE}${cursor && `&cursor=${cursor}`}`;
    const { body } = await service.client.expect(get(path, service.adminToken), 200);
    const { items, next_cursor: next } = JSON.parse(body);
    ready += items.filter(({ state, enforced, project }) => state === 'ready' && enforced && project).length;
    if (!next) return ready;
    cursor = next;
  }
}

async function callsOf(portal) {
  const { body } = await portal.client.expect({ method: 'GET', path: '/calls', headers: [] }, 200);
  return JSON.parse(body).calls;
}

/** As many users as there are products, with what each needs, and what the portal must be asked. */
async function bareProducts(stage, { minio, portal, count }) {
  const floor = await stage.floor(minio);
  await floor.createBucket(`floor-${BUCKET}`);
  const started = performance.now();
  const ids = await listed(portal);
  await inLanes(LANES, count, async (index) => {
    const user = `floor-product${index}`;
    await portal.client.expect(inputPorts(ids[index]), 200);
    await Promise.all([floor.createUser(user, `floor-${BUCKET}`), floor.home(user, `floor-${BUCKET}`)]);
  });
  return performance.now() - started;
}

/** The list of products tells all about them but what each may read. */
async function bareLook(portal, count) {
  const started = performance.now();
  const ids = await listed(portal);
  await inLanes(LANES, count, (index) => portal.client.expect(inputPorts(ids[index]), 200));
  return performance.now() - started;
}

async function listed(portal) {
  const { body } = await portal.client.expect(LISTED, 200);
  return JSON.parse(body).data_products.map(({ id }) => id);
}

function inputPorts(id) {
  return { ...LISTED, path: `${LISTED.path}/${id}/input_ports` };
}
