import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { BUCKET, PortalBench } from '../../../support/portal/bench.js';
import * as portals from '../../../support/portal/recorded.js';
import { replay } from '../../../support/portal/replay.js';
import { outcome } from '../../../support/access/s3.js';
import { START_MS } from '../../../support/service/stack.js';

const LONG_MS = 240_000;
const SEED = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31);
const PARTS = ['staging/', 'data_mart/'];
const GIVES_OR_ENDS = /"method":"DELETE"|input_ports/;
const VERSIONS: portals.PortalVersion[] = ['0.5.1', '0.7.0'];

const sorted = (list: Iterable<string>) => [...new Set(list)].sort();

function shuffled<T>(list: readonly T[]): T[] {
  const orders = fc.shuffledSubarray([...list], { minLength: list.length });
  return fc.sample(orders, { seed: SEED, numRuns: 1 })[0] ?? [];
}

/** Each twice, late by any number of others. */
function late<T>(list: readonly T[]): T[] {
  const twice = [...list, ...list];
  const delays = shuffled([...twice.keys()]);
  return twice
    .map((each, at) => ({ each, due: (at % list.length) + delays[at]! }))
    .sort((one, other) => one.due - other.due)
    .map(({ each }) => each);
}

describe.each(VERSIONS)('everything that a portal %s was recorded to send', (version) => {
  const all = portals.recorded(version);
  let bench: PortalBench;
  /** The portal as it changed between the recorded lines: it is as far as the latest of them that was told. */
  let history: ReturnType<typeof replay>;
  let passed: number;
  let inOrder: Awaited<ReturnType<typeof state>>;

  async function start(): Promise<void> {
    await bench?.stop();
    bench = await PortalBench.start({ version, secret: portals.RECORDED_SECRET });
    history = replay(version, bench.portal.world);
    passed = 0;
  }

  beforeAll(start, START_MS);
  afterAll(() => bench?.stop());

  async function send(delivery: portals.RecordedDelivery): Promise<void> {
    for (; passed <= all.indexOf(delivery); passed++) history.next();
    expect((await bench.send(delivery)).status).toBe(200);
  }

  async function products(): Promise<any[]> {
    const { items } = (await bench.stack.admin.get('/data-products?limit=500')).body;
    return items.filter(({ state }: any) => state !== 'deleted');
  }

  /** Which project's keys read whose data, by requests. Explorations have no project: their grants are compared as they are shown. */
  async function read(): Promise<string[]> {
    const projects = (await products()).flatMap(({ project }) => project ?? []);
    const found: string[] = [];
    for (const consumer of projects) {
      const keys = await bench.keysOf(consumer);
      for (const provider of projects.filter((each) => each !== consumer))
        for (const part of PARTS) {
          const said = await outcome(() => keys.list(BUCKET, `${provider}/${part}`));
          if (said !== 'AccessDenied') found.push(`${consumer} ${provider}/${part} ${said}`);
        }
    }
    return sorted(found);
  }

  /** What the portal has approved, in the words of `read`. */
  function approved(): string[] {
    const { world } = bench.portal;
    const found: string[] = [];
    for (const { status, consumerId, portId } of world.links.values()) {
      const [consumer, provider] = [world.product(consumerId), world.product(world.port(portId).providerId)];
      if (status !== 'approved' || consumer.kind === 'exploration') continue;
      if (consumer.status === 'deleting' || provider.status === 'deleting') continue;
      for (const part of PARTS) found.push(`${consumer.namespace} ${provider.namespace}/${part} ok`);
    }
    return sorted(found);
  }

  async function shown({ id, project }: any) {
    const { last_reconciled_at: _, claimed_at: __, reads, read_by: readBy, ...rest } = await bench.shown(id);
    const grants = [...reads, ...readBy].map(({ path, principal }) => `${path} ${principal}`);
    return {
      ...rest,
      grants: sorted(grants),
      told: project === null ? [] : sorted(await bench.told(project)),
    };
  }

  /** What there is. Names are made of ids, so that they are the same in every stack; of what is deleted only the end counts. */
  async function state() {
    const { stack, portal } = bench;
    const found = await products();
    const held = JSON.stringify(await stack.held(), (key, value) =>
      key === 'updatedAt' ? undefined : value,
    );
    const keys = Object.entries(await stack.root.accessKeys.listBulk({ all: true }))
      .filter(([user]) => user.startsWith('dp-'))
      .map(([user, { serviceAccounts }]) => `${user}: ${serviceAccounts.length}`);
    const marks = (await stack.rootS3.list(BUCKET, '')).filter((key) =>
      found.some(({ project }) => key.startsWith(`${project}/`)),
    );
    expect(found.map(({ id }) => id).sort()).toEqual([...portal.world.products.keys()].sort());
    expect(portal.problems).toEqual([]);
    return {
      products: await Promise.all(found.map(shown)),
      ...{ held: JSON.parse(held) as unknown, keys: sorted(keys), marks, read: await read() },
    };
  }

  /** A key for each product that has none yet: whose it is shows in MinIO. */
  async function claim(): Promise<void> {
    for (const { id, claimed_at: at } of await products())
      if (at === null) expect((await bench.stack.admin.post(`/data-products/${id}/claim`)).status).toBe(200);
  }

  const secrets = async () => {
    const projects = (await products()).flatMap(({ project }) => project ?? []);
    return Promise.all(projects.map((each) => readFile(join(bench.projects, each, '.env'), 'utf8')));
  };

  it(
    'in order: after each line what the portal has approved can be read, and nothing else',
    async () => {
      const seen = new Set<string>();
      for (const delivery of all) {
        await send(delivery);
        if (!GIVES_OR_ENDS.test(delivery.raw)) continue;
        await bench.settle();
        expect([delivery.raw, await read()]).toEqual([delivery.raw, approved()]);
        for (const each of approved()) seen.add(each);
      }
      await bench.settle();
      await claim();
      inOrder = await state();
      expect(seen.size).toBeGreaterThan(0);
      expect(inOrder.marks).not.toEqual([]);
      const owners = inOrder.products.map(({ principal }) => `${principal}: 1`);
      expect(inOrder.keys).toEqual(sorted(owners));
    },
    LONG_MS,
  );

  it(
    `all of it again, and once more in another order (seed ${SEED}), changes nothing`,
    async () => {
      const before = await secrets();
      for (const delivery of [...all, ...shuffled(all)]) await send(delivery);
      await bench.settle();
      expect(await state()).toEqual(inOrder);
      expect(await secrets()).toEqual(before);
    },
    LONG_MS,
  );

  it(
    `from the beginning, each line twice and late, in another order (seed ${SEED}): the same`,
    async () => {
      await start();
      for (const delivery of late(all)) await send(delivery);
      await bench.settle();
      await claim();
      expect(await state()).toEqual(inOrder);
    },
    START_MS + LONG_MS,
  );
});
