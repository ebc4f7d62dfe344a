import { AUDIENCE, Issuer } from '../../support/auth/issuer.js';
import { BUCKET, PortalBench } from '../../support/portal/bench.js';
import { problemOf } from '../../support/service/problems.js';
import { outcome } from '../../support/access/s3.js';
import { START_MS } from '../../support/service/stack.js';

describe('the owner of a data product', () => {
  let bench: PortalBench;
  let issuer: Issuer;
  let id: string;

  beforeAll(async () => {
    issuer = await Issuer.start();
    bench = await PortalBench.start({
      env: { OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: AUDIENCE, OIDC_USER_PREFIX: 'sso-' },
    });
    [id = ''] = await bench.products('owned');
  }, START_MS);
  afterAll(async () => {
    await bench?.stop();
    await issuer?.stop();
  });

  const claim = async (email: string | undefined, verified: boolean | undefined, product = id) => {
    const token = await issuer.token({ email, email_verified: verified });
    return bench.stack.caller(token).post(`/data-products/${product}/claim`);
  };

  it.each([
    ['an address that is not verified', 'owner@example.org', false],
    ['an address of which nothing is said', 'owner@example.org', undefined],
    ['no address', undefined, true],
    ['the address of somebody else', 'stranger@example.org', true],
    ['the address of who was only asked', 'hopeful@example.org', true],
  ] as const)('is not known by %s', async (_, email, verified) => {
    expect(problemOf(await claim(email, verified))).toEqual([403, 'forbidden']);
  });

  it('learns nothing of what is not there', async () => {
    const [own, other] = [
      await claim('stranger@example.org', true),
      await claim('stranger@example.org', true, '00000000-0000-4000-8000-000000000000'),
    ];
    expect([other.status, other.body.detail]).toEqual([own.status, own.body.detail]);
    expect(problemOf(await bench.stack.person('alice').post(`/data-products/${id}/claim`))).toEqual([
      403,
      'forbidden',
    ]);
  });

  it('is told to come back while the portal cannot be asked, and has lost nothing', async () => {
    await bench.portal.stop();
    expect(problemOf(await claim('owner@example.org', true))).toEqual([503, 'portal_unavailable']);
    await bench.portal.start();
  });

  it('claims a key of the product once, by an address that is verified', async () => {
    const answer = await claim('Owner@Example.org', true);
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store']);
    const s3 = bench.stack.s3(answer.body);
    expect(await outcome(() => s3.put(BUCKET, 'owned/from-the-owner', 'x'))).toBe('ok');
    expect(await outcome(() => s3.list(BUCKET, ''))).toBe('AccessDenied');
    expect(problemOf(await claim('owner@example.org', true))).toEqual([410, 'claimed']);
    expect((await bench.stack.admin.delete(`/data-products/${id}/claim`)).status).toBe(204);
    expect((await claim('owner@example.org', true)).status).toBe(200);
    const events = (await bench.stack.admin.get('/admin/audit?action=access_key.issued')).body.items;
    expect(events.map(({ actor }: { actor: string }) => actor)).toContain('sso-alice');
  });

  it.each([
    ['an event that names the product', '/v2'],
    ['an exchange that names nothing', '/'],
  ] as const)('who leaves the owners loses the key, told by %s; who comes may claim', async (_, way) => {
    const { portal, stack } = bench;
    const [product = ''] = await bench.products(way === '/' ? 'left-exchange' : 'left-event');
    const name = portal.world.product(product).namespace;
    const first = await claim('owner@example.org', true, product);
    const s3 = stack.s3(first.body);
    const write = () => outcome(() => s3.put(BUCKET, `${name}/mine`, 'x'));
    expect(await write()).toBe('ok');
    expect((await bench.shown(product)).claims).toMatchObject([{ email: 'owner@example.org' }]);
    await bench.tell(portal.do.setOwners(product, ['owner@example.org', 'second@example.org']), way);
    await bench.settle();
    expect(await write()).toBe('ok');
    expect(problemOf(await claim('second@example.org', true, product))).toEqual([410, 'claimed']);
    await bench.tell(portal.do.setOwners(product, ['second@example.org']), way);
    await bench.settle();
    expect(await write()).toBe('InvalidAccessKeyId');
    expect(await bench.shown(product)).toMatchObject({ claimed_at: null, claims: [] });
    expect(problemOf(await claim('owner@example.org', true, product))).toEqual([403, 'forbidden']);
    const second = await claim('second@example.org', true, product);
    expect(second.status).toBe(200);
    await stack.s3(second.body).put(BUCKET, `${name}/hers`);
    const { principal } = await bench.shown(product);
    const { items } = (await stack.admin.get('/admin/audit?action=access_key.removed')).body;
    expect(items.filter((each: object) => JSON.stringify(each).includes(principal))).toHaveLength(1);
  });

  it('that leaves while the key is made gets none that lives', async () => {
    const { portal, stack } = bench;
    const [product = ''] = await bench.products('left-meanwhile');
    // the first time they are asked for it still is an owner
    portal.faults = [{ on: /role_assignments/, skip: 1, body: JSON.stringify({ role_assignments: [] }) }];
    expect(problemOf(await claim('owner@example.org', true, product))).toEqual([403, 'forbidden']);
    portal.faults = [];
    expect(await bench.shown(product)).toMatchObject({ claimed_at: null, claims: [] });
    const { principal } = await bench.shown(product);
    const held = await stack.root.accessKeys.listBulk({ all: true });
    expect(held[principal]?.serviceAccounts ?? []).toEqual([]);
    portal.world.product(product).owners = ['second@example.org'];
    expect((await claim('second@example.org', true, product)).status).toBe(200);
  });

  it('that leaves while the service dies loses the key all the same; what an administrator claimed stays', async () => {
    const { portal, stack } = bench;
    const [product = '', admins = ''] = await bench.products('left-crash', 'left-admin');
    const s3 = stack.s3((await claim('owner@example.org', true, product)).body);
    const kept = stack.s3((await stack.admin.post(`/data-products/${admins}/claim`)).body);
    const reached = new Promise<void>((resolve) => {
      portal.faults = [{ on: /role_assignments/, hang: true, reached: resolve }];
    });
    for (const each of [product, admins])
      await bench.tell(portal.do.setOwners(each, ['second@example.org']), '/v2');
    await reached;
    await stack.service.kill();
    portal.faults = [];
    await stack.startService();
    await bench.settle();
    expect(await outcome(() => s3.put(BUCKET, 'left-crash/mine', 'x'))).toBe('InvalidAccessKeyId');
    expect(await outcome(() => kept.put(BUCKET, 'left-admin/mine', 'x'))).toBe('ok');
  });
});
