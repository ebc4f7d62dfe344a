import { seedDemo } from '../../../scripts/demo/seed.mjs';
import { PEOPLE } from '../../../scripts/demo/world.mjs';
import { NO_LIMITS, pathOf, reads, sessionOf, writes } from '../../support/access/sharing.js';
import { type Stack, START_MS, homeOf, startStack } from '../../support/service/stack.js';

const DAY_MS = 86_400_000;
const REPORT = `${homeOf('alice')}reports/2026-w48.csv`;
const NOTE = `${homeOf('alice')}notes/review.md`;
const SAMPLES = 'cdm-science/samples.csv';

describe('the seed of the demo', () => {
  let stack: Stack;
  const real = globalThis.fetch;

  beforeAll(async () => {
    stack = await startStack({ env: { ...NO_LIMITS, PORTAL_DEBOUNCE_MS: '50' } });
  }, START_MS);
  afterEach(() => {
    globalThis.fetch = real;
  });
  afterAll(() => stack?.stop());

  const seed = () => {
    const tokens = PEOPLE.map((name) => [name, (name === 'admin' ? stack.admin : stack.person(name)).token]);
    return seedDemo({ url: stack.service.baseUrl, tokens: Object.fromEntries(tokens) });
  };

  /** From now on all that changes something is cut off after so many such requests. */
  function cutAfter(writesLeft: number): void {
    let left = writesLeft;
    globalThis.fetch = (input, init) => {
      if ((init?.method ?? 'GET') !== 'GET' && (left -= 1) < 0) return Promise.reject(new Error('cut off'));
      return real(input, init);
    };
  }

  it('is completed when it was interrupted, wherever that was', async () => {
    let attempts = 0;
    for (let complete = false; !complete; attempts += 1) {
      // everybody asks for the present pair; a share needs a session for its objects, so one request more would never end
      cutAfter(PEOPLE.length + 2);
      complete = await seed().then(
        () => true,
        (error: Error) => {
          expect(error.message).toBe('cut off');
          return false;
        },
      );
      expect(attempts).toBeLessThan(20);
    }
    expect(attempts).toBeGreaterThan(3);
  });

  it('makes people, groups, a role and a data product', async () => {
    for (const name of PEOPLE)
      expect((await stack.admin.get(`/users/${name}`)).body).toMatchObject({
        enforced: true,
        status: 'active',
      });
    expect(Object.keys(await stack.root.users.list())).toEqual(expect.arrayContaining(PEOPLE));
    expect((await stack.person('bob').get('/groups/KBase')).body).toMatchObject({
      description: 'Everybody who works on KBase',
      members: [
        { user_name: 'alice', role: 'owner' },
        { user_name: 'bob', role: 'member' },
      ],
      enforced: true,
    });
    expect((await stack.person('carol').get('/groups/CDM_Science')).body).toMatchObject({
      members: [
        { user_name: 'carol', role: 'reader' },
        { user_name: 'dave', role: 'owner' },
      ],
      grants: [{ path: pathOf('cdm-science/'), permission: 'write', expires_at: null }],
    });
    expect((await stack.admin.get('/roles/analyst')).body.entitlements).toEqual([
      { type: 'group', group: 'KBase', role: 'member' },
      { type: 'path', path: pathOf('reference/'), permission: 'read' },
    ]);
    expect((await stack.admin.get('/data-products/sales')).body).toMatchObject({
      state: 'ready',
      home_path: 's3a://data-products/sales/',
    });
  });

  it('shares what is there: for ever with a group, until a day with a person', async () => {
    const { items } = (await stack.person('alice').get('/users/alice/shares')).body;
    const ends = Object.fromEntries(items.map((share: any) => [share.grantee.name, share.expires_at]));
    expect(ends).toEqual({ KBase: null, bob: expect.any(String) });
    const days = (Date.parse(ends.bob) - Date.now()) / DAY_MS;
    expect([days > 29, days < 32]).toEqual([true, true]);
    const [bob, carol, dave] = await Promise.all(
      ['bob', 'carol', 'dave'].map((name) => sessionOf(stack, name)),
    );
    if (!bob || !carol || !dave) throw new Error('three sessions');
    expect([await reads(bob, REPORT), await reads(bob, NOTE)]).toEqual(['ok', 'ok']);
    expect([await writes(bob, REPORT), await reads(carol, REPORT)]).toEqual(['AccessDenied', 'AccessDenied']);
    expect([await reads(carol, SAMPLES), await reads(bob, SAMPLES)]).toEqual(['ok', 'AccessDenied']);
    expect([await writes(carol, SAMPLES), await writes(dave, `${SAMPLES}.new`)]).toEqual([
      'AccessDenied',
      'ok',
    ]);
  });

  it('leaves a request that waits for somebody', async () => {
    const query = '/access-requests?role=owner&state=open';
    expect((await stack.person('dave').get(query)).body.items).toMatchObject([
      { requester: 'bob', group: 'CDM_Science', role: 'reader', approvers: ['dave'] },
    ]);
    expect((await stack.person('alice').get(query)).body.items).toEqual([]);
  });

  it('changes nothing where all of it is there, and nothing that people have decided since', async () => {
    const [{ id }] = (await stack.person('dave').get('/access-requests?role=owner')).body.items;
    expect((await stack.person('dave').post(`/access-requests/${id}/deny`)).status).toBe(200);
    const before = await stack.state();
    await seed();
    expect(await stack.state()).toEqual(before);
  });

  it('says which request was refused, and why', async () => {
    await stack.admin.post('/admin/users/bob/disable');
    await expect(seed()).rejects.toThrow(/^POST \/users\/bob was answered with 403: /);
  });
});
