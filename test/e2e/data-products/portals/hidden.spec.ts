import { BUCKET, PortalBench } from '../../../support/portal/bench.js';
import type { Fault } from '../../../support/portal/stub/stub.js';
import { outcome } from '../../../support/access/s3.js';
import { START_MS } from '../../../support/service/stack.js';

const REFUSED = 'AccessDenied';
const NOT_FOUND = JSON.stringify({ detail: 'Data Product not found' });

/** What a portal hides of one output port costs that port alone, and takes nothing that was given through it. */
describe('an output port that the portal hides', () => {
  let bench: PortalBench;
  let consumer: string;
  let shy: { provider: string; port: string };
  let open: { provider: string; port: string };

  beforeAll(async () => {
    bench = await PortalBench.start({ version: 'main' });
    const [reader = '', one = '', other = ''] = await bench.products('reader', 'shy', 'open');
    consumer = reader;
    shy = { provider: one, port: await bench.port(one) };
    open = { provider: other, port: await bench.port(other) };
    const { asset, deliveries } = bench.portal.do.addAsset({ productId: one, path: 'raw' });
    await bench.tell(deliveries);
    await bench.tell(bench.portal.do.linkAsset(asset, shy.port));
    await bench.stack.rootS3.put(BUCKET, 'shy/raw/a');
    await bench.grant({ consumer, port: shy.port });
    await bench.settle();
  }, START_MS);
  afterAll(() => bench?.stop());
  afterEach(() => {
    bench.portal.faults = [];
    bench.portal.world.hiddenPorts.clear();
    expect(bench.portal.problems).toEqual([]);
  });

  const reads = async (key: string) => {
    const keys = await bench.keysOf('reader');
    return outcome(() => keys.get(BUCKET, key));
  };
  const look = async () => {
    expect((await bench.stack.admin.post(`/data-products/${consumer}/reconcile`)).status).toBe(202);
    await bench.settle();
    return bench.shown(consumer);
  };
  const of = (provider: string) => `/api/v2/data_products/${provider}`;
  const assets = (answer: Pick<Fault, 'status' | 'body'>) => () => {
    bench.portal.faults = [{ on: new RegExp(`^GET ${of(shy.provider)}/technical_assets`), ...answer }];
  };

  /** Another port is approved and revoked meanwhile: both happen, and what the hidden one gave stays as it was. */
  async function expectKept(): Promise<void> {
    await bench.grant({ consumer, port: open.port });
    await bench.settle();
    const shown = await look();
    expect(shown).toMatchObject({ state: 'ready', last_error: null, waiting: null });
    expect(shown.approvals).toHaveLength(2);
    expect(await Promise.all(['shy/raw/a', 'open/staging/a', 'shy/staging/a'].map(reads))).toEqual([
      ...['ok', 'ok', REFUSED],
    ]);
    await bench.tell(bench.portal.do.revoke(consumer, open.port));
    await bench.settle();
    expect(await Promise.all(['shy/raw/a', 'open/staging/a'].map(reads))).toEqual(['ok', REFUSED]);
  }

  it.each<[string, () => void]>([
    ['itself', () => bench.portal.world.hiddenPorts.add(shy.port)],
    ['in what is linked to it (403)', assets({ status: 403 })],
    ['in what is linked to it (404)', assets({ status: 404, body: NOT_FOUND })],
    ['in what is linked to it (unreadable)', assets({ body: '<html>' })],
  ])('%s stops nothing else, and keeps what it gave', async (_, hide) => {
    hide();
    await expectKept();
  });

  it('out of the list, with its provider (403), keeps what it gave', async () => {
    const { world } = bench.portal;
    const link = world.link(consumer, shy.port);
    world.links.delete(link.id);
    bench.portal.faults = [{ on: new RegExp(`^GET ${of(shy.provider)}$`), status: 403 }];
    await expectKept();
    world.links.set(link.id, link);
  });

  it('and its very id may be any that is not listed; a new one gives nothing and says so', async () => {
    const item = (status: string, outputPort: object) => ({ id: consumer, status, ...outputPort });
    const answer = (items: object[]) => {
      const on = new RegExp(`^GET ${of(consumer)}/input_ports$`);
      bench.portal.faults = [{ on, body: JSON.stringify({ input_ports: items }) }];
    };
    answer([item('approved', { output_port: null })]);
    expect(await look()).toMatchObject({ state: 'ready', last_error: null });
    expect(await reads('shy/raw/a')).toBe('ok');
    answer([item('approved', { output_port: null, output_port_id: open.port })]);
    expect(await look()).toMatchObject({
      approvals: [{ provider_id: null, output_port_id: open.port, paths: [] }],
      waiting: expect.stringContaining('hidden'),
    });
    expect(await Promise.all(['shy/raw/a', 'open/staging/a'].map(reads))).toEqual([REFUSED, REFUSED]);
    bench.portal.faults = [];
    await look();
    expect(await reads('shy/raw/a')).toBe('ok');
  });

  it('whose list of consumers is closed (403) keeps nobody who is known from being looked at', async () => {
    const of403 = new RegExp(`^GET ${of(shy.provider)}/output_ports/[^/]+/input_ports`);
    bench.portal.faults = [{ on: of403, status: 403 }];
    const link = bench.portal.world.link(consumer, shy.port);
    // the newer portal's event names the port alone
    const told = bench.portal.do.revoke(consumer, shy.port);
    await bench.tell(told);
    await bench.settle();
    expect(await reads('shy/raw/a')).toBe(REFUSED);
    link.status = 'approved';
    bench.portal.faults = [];
    await look();
  });

  it('ends with the word of the portal about it', async () => {
    const { world } = bench.portal;
    world.hiddenPorts.add(shy.port);
    expect(await look()).toMatchObject({ state: 'ready' });
    expect(await reads('shy/raw/a')).toBe('ok');
    world.link(consumer, shy.port).status = 'revoked';
    await look();
    expect(await reads('shy/raw/a')).toBe(REFUSED);
  });
});
