import { findMinio } from '../../../scripts/minio-binary.mjs';
import { type Scene, openTo, setScene } from '../../support/attacks/attacks.js';
import { Relay } from '../../support/network/relay.js';
import { type Nginx, hasNginx, startNginx } from '../../support/servers/nginx.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

/** Where anybody who knows an access key can write. */
const FAILED = ['minio_unsigned_trailer', 'minio_unsigned_archive'];
const WELL = [
  'minio_reachable',
  'minio_product',
  'minio_nodes',
  'minio_admin_rights',
  'minio_clock',
  'minio_advisories',
  'minio_versions',
  'kbase_auth',
  'leavers',
  'page',
  'database',
];
const NOT_CONFIGURED = {
  jupyterhub: 'JUPYTERHUB_API_URL',
  oidc: 'OIDC_ISSUER',
  login_groups: 'GROUPS_FROM',
  notifications: 'NOTIFY_WEBHOOK_URL, NOTIFY_SMTP_URL',
  broker: 'AMQP_URL',
  portal: 'PORTAL_API_URL',
  products_postgres: 'PRODUCTS_POSTGRES_TARGET',
};
const WORST_FIRST = ['failed', 'warning', 'not_configured', 'ok'];

interface Check {
  name: string;
  verdict: string;
  detail: string;
  remedy: string;
}

/** The ways by which the doctor says that a hole is open. */
function waysIn(check?: Check): string[] {
  return / at \S+, by (.*)$/.exec(check?.detail ?? '')?.[1]?.split(', ') ?? [];
}

describe('the doctor', () => {
  let stack: Stack;
  let scene: Scene;
  /** By which ways each hole is open. */
  let open: Record<string, string[]>;

  beforeAll(async () => {
    stack = await startStack();
    scene = await setScene(stack);
    open = await openTo(scene, stack.minio.endpoint);
  }, START_MS);
  afterAll(() => stack?.stop());

  async function checks(): Promise<Record<string, Check>> {
    const { status, body } = await stack.admin.get('/admin/doctor');
    expect(status).toBe(200);
    return Object.fromEntries(body.checks.map((check: Check) => [check.name, check]));
  }

  it('says of each hole what an attack on the same server finds', async () => {
    const found = await checks();
    const told = Object.keys(open).map((name) => [name, found[name]?.verdict, waysIn(found[name])]);
    const expected = Object.entries(open).map(([name, ways]) => [
      name,
      ways.length === 0 ? 'ok' : FAILED.includes(name) ? 'failed' : 'warning',
      ways,
    ]);
    expect(told).toEqual(expected);
    for (const name of WELL) expect(found[name]).toMatchObject({ verdict: 'ok', remedy: '' });
  });

  it('tells what is not configured from what is well', async () => {
    const found = await checks();
    for (const [name, variable] of Object.entries(NOT_CONFIGURED))
      expect(found[name]).toEqual({
        name,
        verdict: 'not_configured',
        detail: `Not configured (${variable})`,
        remedy: '',
      });
  });

  it('begins with the verdict and the worst', async () => {
    const { verdict, summary, checks } = (await stack.admin.get('/admin/doctor')).body;
    const order = checks.map((check: Check) => WORST_FIRST.indexOf(check.verdict));
    expect(order).toEqual([...order].sort());
    const failed = FAILED.filter((name) => (open[name] ?? []).length > 0);
    const warned = Object.keys(open).some((name) => (open[name] ?? []).length > 0);
    expect(verdict).toBe(failed.length > 0 ? 'failed' : warned ? 'warning' : 'ok');
    const made = checks.length - Object.keys(NOT_CONFIGURED).length;
    if (failed.length > 0)
      expect(summary).toContain(`${failed.length} of ${made} checks failed: ${failed.join(', ')}.`);
    expect(summary).toContain(
      'Not configured: jupyterhub, oidc, login_groups, notifications, broker, portal, products_postgres.',
    );
  });

  it('says of whatever is not well what to do', async () => {
    const found = Object.values(await checks());
    expect(found.filter(({ verdict, remedy }) => ['failed', 'warning'].includes(verdict) && !remedy)).toEqual(
      [],
    );
  });

  it('leaves nothing behind, and answers administrators only', async () => {
    const before = await stack.held();
    const buckets = await stack.rootS3.buckets();
    await checks();
    expect([await stack.held(), await stack.rootS3.buckets()]).toEqual([before, buckets]);
    expect((await stack.person('alice').get('/admin/doctor')).status).toBe(403);
  });

  it('knows every hole of the build that is tested with where nobody brought another', async () => {
    const built = (await findMinio()).includes('7aac2a2c5b7c');
    if (built) expect(Object.keys(open).filter((name) => open[name]?.length === 0)).toEqual([]);
  });

  it('judges advisories by the version that the server tells', async () => {
    const { servers = [] } = await stack.root.server.info();
    expect((await checks()).minio_advisories?.detail).toContain(String(servers[0]?.version));
  });

  describe('where one of two nodes goes away', () => {
    let relay: Relay;
    beforeAll(async () => {
      relay = await Relay.start({ host: '127.0.0.1', port: Number(new URL(stack.minio.endpoint).port) });
      const second = `http://127.0.0.1:${relay.port}`;
      await stack.restart({ MINIO_NODE_ENDPOINTS: `${stack.minio.endpoint},${second}` });
    }, START_MS);
    afterAll(async () => {
      stack.env.MINIO_NODE_ENDPOINTS = stack.minio.endpoint;
      await relay?.cut();
    });

    it('names it until it is back', async () => {
      const well = {
        verdict: 'ok',
        detail: `2 of 2 answer; ${stack.minio.endpoint} takes the admin writes`,
        remedy: '',
      };
      expect((await checks()).minio_nodes).toMatchObject(well);
      await relay.cut();
      expect((await checks()).minio_nodes).toMatchObject({
        verdict: 'warning',
        detail: `http://127.0.0.1:${relay.port} did not answer; ${stack.minio.endpoint} takes the admin writes`,
        remedy: expect.stringMatching(/./),
      });
      await relay.accept();
      expect((await checks()).minio_nodes).toMatchObject(well);
    });
  });

  (hasNginx() ? describe : describe.skip)('where clients are told of a proxy', () => {
    let proxy: Nginx;
    beforeAll(async () => {
      proxy = await startNginx(stack.minio);
      await stack.restart({ MINIO_PUBLIC_ENDPOINT: proxy.endpoint });
    }, START_MS);
    afterAll(() => proxy?.stop());

    it('finds every hole closed there, as the attacks do, and tells of the server behind it', async () => {
      expect(Object.values(await openTo(scene, proxy.endpoint)).flat()).toEqual([]);
      const found = await checks();
      for (const [name, ways] of Object.entries(open)) {
        expect(found[name]).toMatchObject({ verdict: 'ok', remedy: '' });
        expect(found[name]?.detail).toContain(`${proxy.endpoint} is not open to this`);
        expect(found[name]?.detail.includes(stack.minio.endpoint)).toBe(ways.length > 0);
      }
    });

    it('speaks for the server alone when the proxy cannot be asked from here', async () => {
      await proxy.stop();
      const found = await checks();
      for (const [name, ways] of Object.entries(open)) {
        expect(found[name]?.verdict).toBe(ways.length > 0 && FAILED.includes(name) ? 'failed' : 'warning');
        expect(found[name]?.detail).toContain(`${proxy.endpoint} could not be probed`);
      }
    });
  });
});
