// A Data Product Portal, as far as the service asks one and as 0.7 answers: PRODUCTS data products, each of which may read another
// one. With HANGS it accepts everything and answers nothing. A process of its own: its work is not the load generator's.
import { createServer } from 'node:http';

const { PORT, PRODUCTS = '0', HANGS } = process.env;
const COUNT = Number(PRODUCTS);
const LIFECYCLES = [
  { id: uuid(1, 0), name: 'Draft', value: 0, color: 'grey', is_default: true },
  { id: uuid(1, 1), name: 'Ready', value: 50, color: 'green', is_default: false },
];
const PRODUCT =
  /^\/api\/v2\/data_products\/[^/]*?([0-9a-f]{12})(?:\/(input_ports|finalizers|technical_assets)\/?)?$/;
const S3 = { platform: { id: uuid(7, 0), name: 'AWS' }, service: { id: uuid(8, 0), name: 'S3' } };
/** Technical assets by the index of their product. */
const assets = new Map();
const products = Array.from({ length: COUNT }, (_, index) => productOf(index));
let calls = 0;

createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const { method = '', url = '' } = request;
  if (url.startsWith('/api/')) calls += 1;
  else return reply(response, 200, { calls });
  if (HANGS === 'true') return;
  const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : undefined;
  const answer = answerTo(method, url, body);
  if (answer === undefined) reply(response, 404, { detail: 'Not Found' });
  else reply(response, 200, answer);
}).listen(Number(PORT), '127.0.0.1');

function answerTo(method, url, body) {
  if (method === 'GET' && url === '/api/v2/data_products') return { data_products: products };
  if (method === 'GET' && url.endsWith('/data_product_lifecycles'))
    return { data_product_life_cycles: LIFECYCLES };
  if (method === 'GET' && url === '/api/v2/explorations') return { explorations: [] };
  if (method === 'GET' && url.endsWith('/platforms/configs'))
    return { platform_service_configurations: [S3] };
  const [, id, part = ''] = PRODUCT.exec(url) ?? [];
  const index = Number.parseInt(id ?? '', 16);
  const product = products[index];
  if (!product) return undefined;
  switch (`${method} ${part}`) {
    case 'GET ':
      return product;
    case 'GET input_ports':
      return { input_ports: [inputPortOf(index)] };
    case 'GET technical_assets':
      return { technical_assets: assets.get(index) ?? [] };
    case 'POST technical_assets':
      assets.set(index, [...(assets.get(index) ?? []), { ...body, status: 'active', output_port_links: [] }]);
      return { id: uuid(9, index) };
    case 'POST finalizers':
      product.finalizers.push(body.finalizer);
      return null;
    case 'PUT ':
      product.lifecycle = LIFECYCLES.find((each) => each.id === body.lifecycle_id);
      return { id: product.id };
    default:
      return undefined;
  }
}

function productOf(index) {
  return {
    id: uuid(0, index),
    name: `Product ${index}`,
    description: 'One of many',
    namespace: `product-${index}`,
    status: 'active',
    domain: { id: uuid(2, 0), name: 'Domain', description: 'd' },
    tags: [],
    usage: null,
    type: { id: uuid(3, 0), name: 'Type', description: 't', icon_key: 'default' },
    lifecycle: LIFECYCLES[0],
    about: null,
    finalizers: [],
  };
}

function inputPortOf(index) {
  const provider = (index + Math.ceil(COUNT / 2)) % COUNT;
  return {
    id: uuid(4, index),
    status: 'approved',
    current_request: { id: uuid(5, index), valid_from: null, valid_until: null, decision: 'approved' },
    renewal_status: null,
    output_port_id: uuid(6, provider),
    output_port: { id: uuid(6, provider), name: 'port', data_product_id: uuid(0, provider) },
  };
}

function uuid(kind, index) {
  return `${String(kind).padStart(8, '0')}-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;
}

function reply(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
