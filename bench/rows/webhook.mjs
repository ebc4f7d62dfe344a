// A delivery of the portal: `POST /`, signed, each about a new product, while the portal accepts calls and never answers and MinIO stands still.
// The floor is a bare HTTP server that reads one row.
import { createHmac, randomBytes } from 'node:crypto';
import { alternate } from '../load.mjs';
import { atMost, holds, timing } from '../results.mjs';
import { get } from '../stage.mjs';

const IN_FLIGHT = 16;
const PAGE = 500;

export async function webhook(stage, samples) {
  const minio = await stage.minio();
  const portal = await stage.portal({ hangs: true });
  const secret = randomBytes(16).toString('hex');
  const env = { PORTAL_API_URL: portal.url, WEBHOOK_SECRET: secret, PORTAL_RESYNC_SECONDS: '0' };
  const service = await stage.service(minio, { env });
  const bare = await stage.floorServer();
  const accepted = new Set();
  const contenders = (kind) => ({
    pid: service.pid,
    floorPid: bare.pid,
    rounds: samples.rounds,
    floor: () => bare.client.expect({ method: 'POST', path: '/', headers: [] }, 200),
    service: async (index) => {
      const id = productId(kind, index);
      const { body } = await service.client.expect(delivery(id, secret), 200);
      if (String(body) !== '{"status":"accepted"}')
        throw new Error(`a new delivery was not accepted: ${body}`);
      accepted.add(id);
    },
  });
  process.kill(minio.pid, 'SIGSTOP');
  try {
    const single = await alternate({ ...contenders(1), count: samples.count(200) });
    const many = await alternate({ ...contenders(2), inFlight: IN_FLIGHT, count: samples.count(500) });
    const waiting = await waitingProducts(service);
    const kept = [...accepted].filter((id) => waiting.has(id)).length;
    const all = holds(
      'all wait',
      kept === accepted.size,
      `${kept} of ${accepted.size} deliveries wait to be followed`,
    );
    const within = (limit) => (each) => atMost(`p99 ≤ ${limit} ms`, each.service.p99, limit);
    return [
      timing('webhook, portal and MinIO hang, one at a time', single, (each) => [within(50)(each)]),
      timing(`webhook, portal and MinIO hang, ${IN_FLIGHT} in flight`, many, (each) => [
        within(100)(each),
        all,
      ]),
    ];
  } finally {
    process.kill(minio.pid, 'SIGCONT');
  }
}

/** As portals up to 0.7 tell that a product was made, signed as they do it: over the message as Python prints it. */
function delivery(id, secret) {
  const message = {
    method: 'POST',
    url: '/api/v2/data_products',
    query: '',
    response: JSON.stringify({ id }),
    status_code: 200,
  };
  const printed = Object.entries(message).map(([name, each]) => `"${name}": ${JSON.stringify(each)}`);
  const sign = createHmac('sha512', secret)
    .update(`{${printed.join(', ')}}`)
    .digest('hex');
  const headers = ['content-type', 'application/json', 'sign', sign];
  return { method: 'POST', path: '/', headers, body: Buffer.from(JSON.stringify(message)) };
}

/** Ids of the products that a look is due at, begun or not. */
async function waitingProducts(service) {
  const found = new Set();
  for (let cursor = ''; ;) {
    const path = `/provisions?kind=data_product.reconcile&limit=${PAGE}${cursor && `&cursor=${cursor}`}`;
    const { body } = await service.client.expect(get(path, service.adminToken), 200);
    const { items, next_cursor: next } = JSON.parse(body);
    for (const { status, input } of items)
      if (status === 'pending' || status === 'processing') found.add(input.id);
    if (!next) return found;
    cursor = next;
  }
}

function productId(kind, index) {
  return `${String(kind).padStart(8, '0')}-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;
}
