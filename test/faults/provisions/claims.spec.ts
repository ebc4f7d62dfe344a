import { waitFor } from '../../../scripts/child.mjs';
import { BUCKET as PRODUCTS, PortalBench } from '../../support/portal/bench.js';
import { problemOf } from '../../support/service/problems.js';
import { ended, submit } from '../../support/workflows/provisions.js';
import type { Call } from '../../support/network/proxy.js';
import { outcome } from '../../support/access/s3.js';
import type { Answer } from '../../support/service/service.js';
import { BUCKET, homeOf, START_MS } from '../../support/service/stack.js';

/** A claim of a key, and what the key is for. */
interface Claim {
  path: string;
  principal: string;
  /** An object that the key may read. */
  object: [bucket: string, key: string];
}

const TEST_MS = 120_000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const isAdd = ({ path }: Call) => path.endsWith('/add-service-account');

describe('a key that is handed out once, when the process dies', () => {
  let bench: PortalBench;
  let count = 0;

  beforeAll(async () => {
    bench = await PortalBench.start({ proxied: true });
  }, START_MS);
  afterAll(() => bench?.stop());

  const claim = ({ path }: Claim): Promise<Answer> => bench.stack.admin.post(path);

  async function prepare(): Promise<Claim[]> {
    const { stack } = bench;
    const user = `claimer${(count += 1)}`;
    const input = { user_name: user, name: 'nightly', expires_in_seconds: 3600 };
    const { id } = await ended(stack.admin, await submit(stack.admin, 'access_key', input));
    await stack.rootS3.put(BUCKET, `${homeOf(user)}there`);
    const [product = ''] = await bench.products(`claimed-${count}`);
    const { principal } = await bench.shown(product);
    return [
      { path: `/provisions/${id}/claim`, principal: user, object: [BUCKET, `${homeOf(user)}there`] },
      { path: `/data-products/${product}/claim`, principal, object: [PRODUCTS, `claimed-${count}/a`] },
    ];
  }

  const keysOf = async ({ principal }: Claim): Promise<string[]> =>
    ((await bench.stack.root.accessKeys.listBulk({ all: true }))[principal]?.serviceAccounts ?? []).map(
      ({ accessKey }) => accessKey,
    );

  /** The answer of the claim, once the dead process no longer holds it. */
  async function claimAgain(each: Claim): Promise<Answer> {
    let answer = await claim(each);
    const decided = async () => (answer.status === 503 ? ((answer = await claim(each)), false) : true);
    await waitFor('the end of the dead claim', decided, { timeoutMs: 60_000, everyMs: 500 });
    return answer;
  }

  const works = (each: Claim, { body }: Answer) =>
    outcome(() =>
      bench.stack
        .s3(body)
        .get(...each.object)
        .then(() => undefined),
    );

  async function die(): Promise<void> {
    await bench.stack.service.kill();
    bench.stack.proxy.reset();
    await bench.stack.startService();
  }

  /** Holds the calls that make keys, or MinIO's answers to them, until they are cut off or go on. */
  function hold(side: 'before' | 'after') {
    let held = 0;
    let end = (_how: 'cut' | 'go on'): void => undefined;
    const ended = new Promise<'cut' | 'go on'>((resolve) => (end = resolve));
    const wait = async (): Promise<void> => {
      held += 1;
      if ((await ended) === 'cut') throw new Error('nobody is there any more');
    };
    bench.stack.proxy.hook(isAdd, { [side]: wait });
    return { held: () => held, cut: () => end('cut'), goOn: () => end('go on') };
  }

  it.each(['before', 'after'] as const)(
    '%s MinIO has made the key: the claim can be repeated, and one key lives',
    async (side) => {
      const claims = await prepare();
      const { held, cut } = hold(side);
      const acts = claims.map((each) => claim(each).catch(() => 'cut off'));
      await waitFor('both calls', () => held() === claims.length);
      await die();
      cut();
      expect(await Promise.all(acts)).toEqual(['cut off', 'cut off']);
      for (const each of claims) {
        const answer = await claimAgain(each);
        expect([each.path, answer.status < 300 ? 'claimed' : answer.body]).toEqual([each.path, 'claimed']);
        expect(await keysOf(each)).toEqual([answer.body.access_key]);
        expect(await works(each, answer)).toBe('ok');
        expect(problemOf(await claim(each))).toEqual([410, 'claimed']);
      }
    },
    TEST_MS,
  );

  it(
    'once the key was answered: it lives, or the claim can be repeated and gives the only key that lives',
    async () => {
      const claims = await prepare();
      const answers = await Promise.all(claims.map(claim));
      await die();
      for (const [index, each] of claims.entries()) {
        const again = await claimAgain(each);
        const holder = again.status < 300 ? again : answers[index];
        if (again.status >= 300) expect(problemOf(again)).toEqual([410, 'claimed']);
        expect(await keysOf(each)).toEqual([holder?.body.access_key]);
        expect(await works(each, holder as Answer)).toBe('ok');
      }
    },
    TEST_MS,
  );

  it('whose answer finds nobody any more can be claimed again', async () => {
    for (const each of await prepare()) {
      const { held, goOn } = hold('after');
      const leaving = new AbortController();
      const { baseUrl } = bench.stack.service;
      const headers = { authorization: `Bearer ${bench.stack.admin.token}` };
      const left = fetch(`${baseUrl}${each.path}`, { method: 'POST', headers, signal: leaving.signal });
      left.catch(() => undefined);
      await waitFor('the call', () => held() === 1);
      leaving.abort();
      await pause(200);
      bench.stack.proxy.reset();
      goOn();
      const answer = await claimAgain(each);
      expect(await keysOf(each)).toEqual([answer.body.access_key]);
      expect(problemOf(await claim(each))).toEqual([410, 'claimed']);
    }
  });
});
