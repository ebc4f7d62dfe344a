import { waitFor } from '../../../scripts/child.mjs';
import { type Reply, sendSigned } from '../../support/attacks/client.js';
import { ConsoleSession } from '../../support/service/console.js';
import type { Credential } from '../../support/access/probe.js';
import { NO_LIMITS, pathOf, share, shareEach } from '../../support/access/sharing.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

type Query = [key: string, value: string][];

/** Somebody, a prefix that they may list, and whatever else is in that bucket. */
interface Holder {
  as: Credential;
  bucket: string;
  own: string;
  foreign: string;
}

const PRODUCTS = 'data-products';
const SECRET = 'secret-plan';
const LISTINGS: Record<string, Query> = {
  ListObjects: [],
  ListObjectsV2: [['list-type', '2']],
  'ListObjectsV2 with metadata': [
    ['list-type', '2'],
    ['metadata', 'true'],
  ],
  ListObjectVersions: [['versions', '']],
  ListMultipartUploads: [['uploads', '']],
};
/** More than the documents show in StringLike, and more than one document holds. */
const MANY = Array.from(
  { length: 120 },
  (_, n) => `${homeOf('alice')}many/${'a-folder-with-a-long-name/'.repeat(3)}${String(n).padStart(3, '0')}/`,
);

const said =
  (...keys: string[]) =>
  (...values: string[]): Query =>
    values.map((value, index) => [keys[index % keys.length] as string, value]);
const repeated = said('prefix');

/** Requests that name what is foreign beside what is own. */
const TRICKS: Record<string, (own: string, foreign: string) => Query> = {
  'the foreign one first': (own, foreign) => repeated(foreign, own),
  'the own one first': (own, foreign) => repeated(own, foreign),
  'the own one on both sides': (own, foreign) => repeated(own, foreign, own),
  'the foreign one among many': (own, foreign) => repeated(...Array<string>(30).fill(own), foreign),
  'by levels': (own, foreign) => [...repeated(foreign, own), ['delimiter', '/']],
  'after a key': (own, foreign) => [...repeated(foreign, own), ['start-after', foreign], ['marker', foreign]],
  'PREFIX beside it': (own, foreign) => said('prefix', 'PREFIX')(foreign, own),
  'pREFIX beside it': (own, foreign) => said('prefix', 'pREFIX')(foreign, own),
  'a longer key beside it': (own, foreign) => said('prefix', 's3:prefix', 'prefix[]')(foreign, own, own),
};

describe('a request that repeats the key prefix', () => {
  let stack: Stack;
  /** Whether a query key `Prefix` stands for `prefix` in conditions here: a hole of old servers that no policy closes. */
  let otherCase: boolean;
  const holders: Record<string, Holder> = {};

  beforeAll(async () => {
    stack = await startStack({ env: { ...NO_LIMITS, PORTAL_DEBOUNCE_MS: '50' } });
    for (const name of ['alice', 'bob', 'carol', 'dave', 'dora']) {
      const pair = (await stack.person(name).post(`/users/${name}`)).body as Credential;
      const session = (await stack.person(name).post(`/users/${name}/sessions`)).body as Credential;
      const at = { bucket: BUCKET, own: `${homeOf('alice')}reports/`, foreign: homeOf('dora') };
      holders[`${name} by pair`] = { ...at, as: pair };
      holders[`${name} by session`] = { ...at, as: session };
    }
    await stack.admin.post('/groups/Team', { members: ['dave'] });
    const reports = pathOf(`${homeOf('alice')}reports/`);
    await share(stack, 'alice', { path: reports, with_users: ['bob', 'carol'], with_groups: ['Team'] });
    await shareEach(stack, 'alice', MANY, { with_users: ['carol'] });
    for (const key of [
      `${homeOf('dora')}${SECRET}`,
      `${homeOf('alice')}reports/there`,
      `${MANY.at(-1)}there`,
    ])
      await stack.rootS3.put(BUCKET, key);
    for (const kind of ['pair', 'session']) {
      const { as } = holders[`dora by ${kind}`] as Holder;
      holders[`carol's last of many by ${kind}`] = {
        ...(holders[`carol by ${kind}`] as Holder),
        own: MANY.at(-1) as string,
      };
      delete holders[`dora by ${kind}`];
      // what is all of dora's own is foreign to nobody else but here
      holders[`dora in her home by ${kind}`] = { as, bucket: BUCKET, own: homeOf('dora'), foreign: 'users' };
    }
    holders['a data product'] = await product();
    const shadow = await ask(holders['alice by pair'] as Holder, 'ListObjectsV2', [
      ['prefix', homeOf('dora')],
      ['Prefix', `${homeOf('alice')}reports/`],
    ]);
    otherCase = shadow.status === 200;
  }, START_MS + 120_000);
  afterAll(() => stack?.stop());

  /** A data product without a portal that could be asked, its keys claimed by an administrator. */
  async function product(): Promise<Holder> {
    for (const id of ['mine', 'theirs']) {
      const exchange = {
        method: 'POST',
        url: '/api/data_products',
        response: JSON.stringify({ id, namespace: id }),
      };
      await stack.service.request('POST', '/webhooks/data-product-portal', { body: exchange });
      await waitFor(`${id} is made`, async () => {
        const { body } = await stack.admin.get(`/data-products/${id}`);
        return body.state === 'ready' && body.enforced;
      });
      await stack.rootS3.put(PRODUCTS, `${id}/${id === 'theirs' ? SECRET : 'there'}`);
    }
    const { body } = await stack.admin.post('/data-products/mine/claim');
    return { as: body as Credential, bucket: PRODUCTS, own: 'mine/', foreign: 'theirs/' };
  }

  function ask({ as, bucket }: Holder, listing: string, query: Query, spelled?: (text: string) => string) {
    const all = [...(LISTINGS[listing] ?? []), ...query];
    const sent = { path: `/${bucket}`, query: all, ...(spelled ? { spelled } : {}) };
    return sendSigned(stack.minio.endpoint, as, sent);
  }

  /** How MinIO answered: a signature that does not hold would be refused, too, and show nothing. */
  const verdict = ({ status, text }: Reply) => (status === 200 ? 'listed' : /<Code>(\w+)/.exec(text)?.[1]);
  /** The root, the folder of everybody, somebody's home, and the start of a name. */
  const places = ({ foreign }: Holder) => [
    '',
    foreign.replace(/[^/]*\/?$/, ''),
    foreign,
    foreign.slice(0, -2),
  ];

  const everybody = async (check: (holder: Holder, name: string) => Promise<void>) => {
    expect(Object.keys(holders).length).toBe(13);
    for (const [name, holder] of Object.entries(holders)) await check(holder, name);
  };

  it.each(Object.keys(LISTINGS))('lists nothing that is foreign: %s', async (listing) => {
    const wrong: unknown[] = [];
    await everybody(async (holder, name) => {
      for (const foreign of places(holder)) {
        for (const [trick, query] of Object.entries(TRICKS)) {
          const answer = verdict(await ask(holder, listing, query(holder.own, foreign)));
          if (answer !== 'AccessDenied') wrong.push({ name, trick, foreign, answer });
        }
      }
    });
    expect(wrong).toEqual([]);
  });

  it.each(Object.keys(LISTINGS))('nor where the key is spelled otherwise: %s', async (listing) => {
    const wrong: unknown[] = [];
    const spellings: Record<string, (text: string) => string> = {
      'encoded first': (text) => text.replace('prefix=', '%70refix='),
      'encoded last': (text) => text.replace(/prefix=(?!.*prefix=)/, 'prefi%78='),
      'both encoded': (text) => text.replaceAll('prefix=', '%70%72efix='),
      'without a value': (text) => text.replace(/prefix=(&|$)/, 'prefix$1'),
      'parted by two signs': (text) => text.replaceAll('&', '&&'),
    };
    await everybody(async (holder, name) => {
      for (const [spelling, spelled] of Object.entries(spellings)) {
        for (const values of [
          ['', holder.own],
          [holder.own, ''],
          [holder.foreign, holder.own],
        ]) {
          const answer = verdict(await ask(holder, listing, repeated(...values), spelled));
          if (answer !== 'AccessDenied') wrong.push({ name, spelling, values, answer });
        }
      }
    });
    expect(wrong).toEqual([]);
  });

  it('lists nothing without the key or beside the own prefix, and with Prefix only what the server itself mistakes', async () => {
    await everybody(async (holder, name) => {
      for (const query of [[], ...places(holder).map((place) => repeated(place))])
        expect([name, query, verdict(await ask(holder, 'ListObjectsV2', query))]).toEqual([
          name,
          query,
          'AccessDenied',
        ]);
      const answer = await ask(holder, 'ListObjectsV2', said('prefix', 'Prefix')(holder.foreign, holder.own));
      expect([name, verdict(answer)]).toEqual([name, otherCase ? 'listed' : 'AccessDenied']);
    });
  });

  it('still lists what is granted, once or more often', async () => {
    await everybody(async (holder, name) => {
      for (const listing of Object.keys(LISTINGS)) {
        for (const values of [[holder.own], [holder.own, holder.own], [`${holder.own}t`, holder.own]]) {
          const answer = await ask(holder, listing, repeated(...values));
          const expected = listing === 'ListMultipartUploads' ? 'AccessDenied' : 'listed';
          expect([name, listing, verdict(answer)]).toEqual([name, listing, expected]);
          if (expected === 'listed' && !name.includes('dora'))
            expect(answer.text).toContain(`${holder.own}there`);
        }
      }
    });
  });

  it("leaves the folders of MinIO's console that a person clicks through", async () => {
    const folders = async (name: string, path: string) => {
      const { as } = holders[`${name} by pair`] as Holder;
      const console = await ConsoleSession.login(stack.minio.consoleEndpoint, as.access_key, as.secret_key);
      if (typeof console === 'number') throw new Error(`the console refused with ${console}`);
      expect(await console.foldersOfPrefixes(BUCKET)).toEqual(['users-warehouse']);
      expect(await console.list(BUCKET, (holders[`${name} by pair`] as Holder).own)).toHaveLength(1);
      return console.foldersOfPrefixes(BUCKET, path);
    };
    expect(await folders('bob', 'users-warehouse/')).toEqual(['alice', 'bob']);
    expect(await folders('bob', homeOf('alice'))).toEqual(['reports']);
    expect(await folders('carol', 'users-warehouse/')).toEqual(['alice', 'carol']);
    expect(await folders('carol', homeOf('alice'))).toContain('many');
  });
});
