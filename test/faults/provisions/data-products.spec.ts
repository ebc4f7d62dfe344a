import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { waitFor } from '../../../scripts/child.mjs';
import { Gate, type Point, pointsOf } from '../../support/network/gate.js';
import { BUCKET, PortalBench } from '../../support/portal/bench.js';
import type { Call } from '../../support/network/proxy.js';
import { outcome } from '../../support/access/s3.js';
import { START_MS } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';

const LONG_MS = 300_000;
const PROVIDER = 'before';
const UNHARMED = 'new-1-x';
const HOOK = pathToFileURL(join(import.meta.dirname, '../../support/service/dying-files.mjs')).href;

interface FilePoint {
  side: 'before' | 'after';
  call: 'open' | 'rename';
  /** The end of the path, with NAME for the product's namespace. */
  path: string;
}

/** Where the process ends by itself; each death also hits products that wait at MinIO and at the portal. */
const FILE_POINTS: FilePoint[] = [
  { side: 'after', call: 'open', path: '/run[.]sh$' },
  { side: 'before', call: 'rename', path: '/NAME$' },
  { side: 'after', call: 'rename', path: '/NAME$' },
  { side: 'before', call: 'rename', path: '/NAME/[.]env$' },
  { side: 'after', call: 'rename', path: '/NAME/[.]env$' },
  { side: 'after', call: 'rename', path: '/NAME/ACCESSIBLE_DATA_PRODUCTS[.]txt$' },
];

describe('a product is made, and goes', () => {
  const dieAt = join(tempDir('die-at'), 'point.json');
  let bench: PortalBench;
  let port: string;
  let count = 0;
  const gates: Gate[] = [];
  let minioPoints: Point[];
  let portalPoints: Point[];

  beforeAll(async () => {
    bench = await PortalBench.start({
      proxied: true,
      env: { NODE_OPTIONS: `--import=${HOOK}`, DIE_AT: dieAt, WORKER_CONCURRENCY: '12' },
    });
    await provide();
    await countSteps();
  }, START_MS + LONG_MS);
  afterAll(() => bench?.stop());

  /** The provider, as the first product of all: the service dies when it has made the bucket. */
  async function provide(): Promise<void> {
    const { portal, stack } = bench;
    const isBucket = ({ method, path }: Call) => method === 'PUT' && /^\/data-products\/?$/.test(path);
    const gate = new Gate(stack.proxy, isBucket, { call: 1, side: 'after' });
    gates.push(gate);
    await bench.tell(portal.do.createProduct({ namespace: PROVIDER }), '/');
    await gate.reached;
    await startAgain();
    for (const key of ['staging/a', 'a']) await stack.rootS3.put(BUCKET, `${PROVIDER}/${key}`);
    port = await bench.port(bench.idOf(PROVIDER));
    await bench.settle();
  }

  /** What a product's making asks MinIO and the portal, until the portal has heard that it is ready. */
  async function countSteps(): Promise<void> {
    const { portal, stack } = bench;
    const { name, id, tell } = create();
    const asked = portal.requests.length;
    await tell();
    await waitFor('the last call', () => portal.done.includes(`PUT /api/v2/data_products/${id}`));
    const calls = portal.requests.slice(asked).filter((each) => each.includes(id));
    minioPoints = pointsOf(stack.proxy.calls.filter(about(name)));
    portalPoints = pointsOf(calls.map((each) => ({ method: each.split(' ')[0] }) as Call));
    await bench.settle();
  }

  /** A product that may read PROVIDER by the time the service hears of it. */
  function create(): { name: string; id: string; tell: () => Promise<unknown> } {
    const { portal } = bench;
    const name = `new-${(count += 1)}-x`;
    const told = portal.do.createProduct({ namespace: name });
    const id = bench.idOf(name);
    portal.do.requestAccess(id, port);
    portal.do.approve(id, port);
    return { name, id, tell: () => bench.tell(told, '/') };
  }

  const about =
    (name: string) =>
    ({ query, path }: Call): boolean =>
      [...query.values(), path].some((text) => text.includes(`dp-${name}-`) || text.includes(`/${name}/`));

  async function stopAtMinio(point: Point): Promise<string> {
    const { name, tell } = create();
    const gate = new Gate(bench.stack.proxy, about(name), point);
    gates.push(gate);
    await tell();
    await gate.reached;
    return name;
  }

  async function stopAtPortal({ call, side }: Point): Promise<string> {
    const { name, id, tell } = create();
    const silence = side === 'before' ? { hang: true } : { mute: true };
    const reached = new Promise<void>((resolve) =>
      bench.portal.faults.push({ on: new RegExp(id), skip: call - 1, ...silence, reached: resolve }),
    );
    await tell();
    await reached;
    return name;
  }

  /** The process ends by its own hand, and with it what waits at the gates. */
  async function dieAtFile({ path, ...point }: FilePoint): Promise<string> {
    const { name, tell } = create();
    await writeFile(dieAt, JSON.stringify({ ...point, path: path.replace('NAME', name) }));
    await tell();
    await waitFor('the death', () => !bench.stack.service.isRunning(), { timeoutMs: 60_000 });
    await rm(dieAt);
    return name;
  }

  async function startAgain(): Promise<void> {
    const { portal, stack } = bench;
    await stack.service.kill();
    stack.proxy.reset();
    for (const gate of gates.splice(0)) gate.drop();
    portal.faults = [];
    await stack.startService();
    await bench.settle();
  }

  /** Every file of a project, but for the keys, in words that are the same for all. */
  async function filesOf(name: string): Promise<string[]> {
    const root = join(bench.projects, name);
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    const files = entries.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
    const told = files.sort().map(async (file) => {
      const text = file.endsWith('/.env') ? '' : await readFile(file, 'utf8');
      return `${file.slice(root.length)} ${(await stat(file)).mode.toString(8)} ${text.replaceAll(name, 'NAME')}`;
    });
    return Promise.all(told);
  }

  /** All of the product is there, once. */
  async function expectWhole(name: string, like: string): Promise<void> {
    const { portal, stack } = bench;
    const id = bench.idOf(name);
    const shown = await bench.shown(id);
    expect(shown).toMatchObject({ namespace: name, state: 'ready', enforced: true, project: name });
    expect([name, portal.done.filter((call) => call.includes(id))]).toEqual([
      name,
      [
        `POST /api/v2/data_products/${id}/finalizers`,
        ...['staging', 'data_mart'].map(() => `POST /api/v2/data_products/${id}/technical_assets`),
        `PUT /api/v2/data_products/${id}`,
      ],
    ]);
    const users = Object.keys(await stack.root.users.list()).filter((each) => each.includes(`-${name}-`));
    expect(users).toEqual([shown.principal]);
    expect(await stack.root.accessKeys.list(shown.principal)).toEqual([]);
    expect(await stack.rootS3.list(BUCKET, `${name}/`)).toEqual([`${name}/.keep`]);
    expect(await filesOf(name)).toEqual(await filesOf(like));
    const keys = await bench.keysOf(name);
    await keys.put(BUCKET, `${name}/x`);
    expect([name, await bench.reach(name, PROVIDER)]).toEqual([name, 'ok']);
    expect(await outcome(() => keys.get(BUCKET, `${PROVIDER}/a`))).toBe('AccessDenied');
  }

  it('what met no death is whole', async () => {
    expect(minioPoints.length).toBeGreaterThan(10);
    expect(portalPoints.length).toBeGreaterThan(8);
    await expectWhole(UNHARMED, UNHARMED);
  });

  it.each(FILE_POINTS.map((point, round) => ({ ...point, round })))(
    'killed $side $call $path, and at its part of the steps at MinIO and the portal',
    async ({ round, ...point }) => {
      const ofRound = (points: Point[]) => points.filter((_, at) => at % FILE_POINTS.length === round);
      const names = await Promise.all([
        ...ofRound(minioPoints).map((each) => stopAtMinio(each)),
        ...ofRound(portalPoints).map((each) => stopAtPortal(each)),
      ]);
      names.push(await dieAtFile(point));
      await startAgain();
      for (const name of names) await expectWhole(name, UNHARMED);
    },
    LONG_MS,
  );

  it(
    'the portal may let a provider go when MinIO has done all, also what concerns its consumer',
    async () => {
      const { portal, stack } = bench;
      // played again, it needs others
      const names = [`first-${(count += 1)}`, `second-${count}`] as const;
      const [one, two] = [await bench.pair(names[0]), await bench.pair(names[1])];
      const gone = portal.count(/^DELETE /);
      for (const pair of [one, two]) await bench.grant(pair, '/');
      await bench.settle();
      const held = [`${names[0]}-provider`, `${names[1]}-consumer`];
      const stopped = held.map((name) => new Gate(stack.proxy, about(name), { call: 1, side: 'before' }));
      const going = [one.provider, two.provider];
      for (const id of going) await bench.tell(portal.do.deleteProduct(id), '/');
      await Promise.all(stopped.map(({ reached }) => reached));
      const tried = async () => (await bench.provisions('pending')).filter(({ attempts }) => attempts > 0);
      await waitFor('failed attempts', async () => (await tried()).length > 1, { timeoutMs: 60_000 });
      const states = going.map((id) => portal.world.products.get(id)?.status);
      const letGo = portal.count(/^DELETE /) - gone;
      for (const gate of stopped) gate.open();
      await bench.settle();
      expect([states, letGo]).toEqual([['deleting', 'deleting'], 0]);
      expect(going.map((id) => portal.world.products.has(id))).toEqual([false, false]);
      expect(portal.count(/^DELETE /)).toBe(gone + 2);
      for (const name of names)
        expect(await bench.reach(`${name}-consumer`, `${name}-provider`)).toBe('AccessDenied');
    },
    LONG_MS,
  );

  it('nothing is left of the deaths beside the projects', async () => {
    const { tell } = create();
    await tell();
    await bench.settle();
    expect((await readdir(bench.projects)).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(bench.portal.problems).toEqual([]);
  });
});
