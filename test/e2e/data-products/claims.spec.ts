import { AUDIENCE, Issuer } from '../../support/auth/issuer.js';
import { BUCKET, PortalBench } from '../../support/portal/bench.js';
import { problemOf } from '../../support/problems.js';
import { outcome } from '../../support/s3.js';
import { START_MS } from '../../support/stack.js';

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
});
