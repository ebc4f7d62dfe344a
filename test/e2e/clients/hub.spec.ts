import { waitFor } from '../../../scripts/child.mjs';
import { FIRST_CELL, KEYS } from '../../support/clients/hub/cells.js';
import { type Hub, HUB_START_MS, SPAWN_MS } from '../../support/clients/hub/hub.js';
import { PYTEST_MS, pytest, pythonOfTests } from '../../support/clients/python-client.js';
import { Kernel } from '../../support/clients/hub/kernel.js';
import { HUB_STACK_MS, startHubStack } from '../../support/clients/hub/stack.js';
import { ShortSessions } from '../../support/clients/short-sessions.js';
import { problemOf } from '../../support/service/problems.js';
import { reads } from '../../support/access/sharing.js';
import { BUCKET, type Stack } from '../../support/service/stack.js';

const PEOPLE = ['alice', 'bob', 'carol', 'dave', 'erin'];

describe('in a real JupyterHub', () => {
  let stack: Stack;
  let hub: Hub;
  let serviceToken: string;
  let alice: Kernel;
  let second: Kernel;
  let bob: Kernel;
  const kernels: Kernel[] = [];

  /** A new server of somebody, and a kernel in it. */
  const kernelOf = async (user: string, server = ''): Promise<Kernel> => {
    const kernel = await Kernel.start(await hub.spawn(user, server));
    kernels.push(kernel);
    await kernel.run(FIRST_CELL);
    return kernel;
  };
  const hubTokenOf = (kernel: Kernel) => kernel.run('print(os.environ["JUPYTERHUB_API_TOKEN"])');
  const me = (token: string) => stack.caller(token).get('/me');

  beforeAll(async () => {
    const [started] = await Promise.all([startHubStack(), pythonOfTests()]);
    ({ stack, hub, serviceToken } = started);
    for (const name of PEOPLE) await hub.login(name, stack.person(name).token);
    [alice, second, bob] = await Promise.all([
      kernelOf('alice'),
      kernelOf('alice', 'second'),
      kernelOf('bob'),
    ]);
  }, HUB_STACK_MS + SPAWN_MS);
  afterAll(async () => {
    for (const kernel of kernels) kernel.close();
    await hub?.stop();
    const leaked = stack?.secrets.findIn('the log of the hub', hub.logs());
    await stack?.stop();
    expect(leaked).toEqual([]);
  }, HUB_START_MS);

  it(
    'the hook does what it should in each of its modes and failures (pytest)',
    async () => {
      const tokens = { ...Object.fromEntries(stack.tokens), service: serviceToken };
      const cases = await pytest(['tests/hub'], {
        url: stack.service.baseUrl,
        endpoint: stack.minio.endpoint,
        tokens,
      });
      expect(cases.length).toBeGreaterThan(20);
      expect(cases.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    },
    PYTEST_MS,
  );

  it('boto3 and s3fs write and read at home, without a key in code or in the environment', async () => {
    const found = await alice.json(`
import s3fs
put(home + "by-boto3")
files = s3fs.S3FileSystem()
files.pipe(f"{bucket}/{home}by-s3fs", b"y")
print(json.dumps({
    "boto3": s3().get_object(Bucket=bucket, Key=home + "by-s3fs")["Body"].read().decode(),
    "s3fs": files.cat(f"{bucket}/{home}by-boto3").decode(),
    "names": [name.split("/")[-1] for name in files.glob(f"{bucket}/{home}by-*")],
    "home": home, "keys": ${KEYS}, "error": os.environ.get("MINIO_CONFIG_ERROR"),
    "own": [os.environ["GREETING"], os.environ["LAKE"]],
}))`);
    expect(found).toEqual({
      boto3: 'y',
      s3fs: 'x',
      names: ['by-boto3', 'by-s3fs'],
      home: 'users-warehouse/alice/',
      keys: [],
      error: null,
      own: ['hello alice', 'cdm-lake'],
    });
  });

  it('a neighbour’s prefix is refused', async () => {
    await bob.run('put(home + "secret")');
    const outcomes = await alice.json(`
bobs = "users-warehouse/bob/"
print(json.dumps([outcome("put_object", Key=bobs + "x", Body=b""), outcome("get_object", Key=bobs + "secret"),
    outcome("list_objects_v2", Prefix=bobs)]))`);
    expect(outcomes).toEqual(['AccessDenied', 'AccessDenied', 'AccessDenied']);
  });

  it('credentials are fetched anew when they end', async () => {
    const short = await ShortSessions.start({
      service: () => stack.service,
      seconds: 5,
      secrets: stack.secrets,
    });
    const keys = await alice.json(`
os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "${short.url}/credentials/aws"
s3.cache_clear()
put(home + "first")
first = s3()._request_signer._credentials.access_key
time.sleep(6)
put(home + "later")
print(json.dumps([first, s3()._request_signer._credentials.access_key]))
os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "${stack.service.baseUrl}/credentials/aws"
s3.cache_clear()`);
    await short.stop();
    expect(new Set(keys).size).toBe(2);
    expect(short.issued).toEqual(expect.arrayContaining(keys));
  });

  it('a second server and a rotation of the pair disturb nobody', async () => {
    const before = (await stack.person('alice').post('/users/alice', { rotate: false })).body;
    await second.run('put(home + "second")');
    const { body, status } = await stack.person('alice').post('/users/alice', {});
    expect([status, body.rotated, body.secret_key === before.secret_key]).toEqual([200, true, false]);
    for (const kernel of [alice, second]) await kernel.run('put(home + "after-rotation")');
  });

  it('minio_manager.notebook shares with another person of the hub, who reads at once', async () => {
    const read = 'print(outcome("get_object", Key="users-warehouse/alice/reports/x"))';
    await alice.run('put(home + "reports/x")');
    expect(await bob.run(read)).toBe('AccessDenied');
    const shared = await alice.run(
      'from minio_manager.notebook import share\nprint(share("~/reports/", with_user="bob"))',
    );
    expect(shared).toContain('bob');
    expect(await bob.run(read)).toBe('ok');
    await alice.run('from minio_manager.notebook import unshare\nunshare("~/reports/")');
    expect(await bob.run(read)).toBe('AccessDenied');
  });

  it('a notebook shows an error of ours in one line', async () => {
    const shown = await alice.failure('from minio_manager.notebook import share\nshare("reports/", "KBase")');
    expect(shown).toBe(
      'PathError: "reports/" is no path of the lake: write "~/reports/" for your own, or "s3a://bucket/…"',
    );
    expect((await alice.failure('undefined_name')).split('\n').length).toBeGreaterThan(1);
  });

  it(
    'modes pair and session: keys in the environment, under every name, which work',
    async () => {
      const [pair, session] = await Promise.all([kernelOf('carol', 'pair'), kernelOf('carol', 'session')]);
      const keys = `
put(home + "x")
import minio_manager.notebook, s3fs
same = lambda *names: len({os.environ[name] for name in names}) == 1
print(json.dumps([same("AWS_ACCESS_KEY_ID", "FSSPEC_S3_KEY", "MINIO_ACCESS_KEY", "S3_ACCESS_KEY"),
    same("AWS_SECRET_ACCESS_KEY", "FSSPEC_S3_SECRET", "MINIO_SECRET_KEY", "S3_SECRET_KEY"), os.environ["MINIO_ACCESS_KEY"] == "carol",
    s3fs.S3FileSystem().cat(f"{bucket}/{home}x").decode(), minio_manager.notebook.my_home(), variables("TOKEN", "CONTAINER", "EXPIRATION")]))`;
      const others = ['JPY_API_TOKEN', 'JUPYTERHUB_API_TOKEN'];
      const home = 's3a://cdm-lake/users-warehouse/carol/';
      expect(await pair.json(keys)).toEqual([true, true, true, 'x', home, others]);
      const ofSession = [
        'AWS_SESSION_TOKEN',
        'FSSPEC_S3_TOKEN',
        'MINIO_CREDENTIALS_EXPIRATION',
        'MINIO_SESSION_TOKEN',
        'S3_SESSION_TOKEN',
      ];
      expect(await session.json(keys)).toEqual([
        true,
        true,
        false,
        'x',
        home,
        [...ofSession, ...others].sort(),
      ]);
      for (const kernel of [pair, session])
        stack.secrets.add('a secret key', await kernel.run('print(os.environ["MINIO_SECRET_KEY"])'));
    },
    SPAWN_MS,
  );

  it('a token that a person made at the hub is hers; one that may only tell her name is not', async () => {
    const made = await hub.api('POST', '/users/alice/tokens');
    expect((await me(made.token)).body).toMatchObject({ user_name: 'alice', kind: 'person' });
    const narrow = await hub.api(
      'POST',
      '/users/alice/tokens',
      { scopes: ['read:users:name!user=alice'] },
      made.token,
    );
    expect(problemOf(await me(narrow.token))).toEqual([403, 'forbidden']);
    expect(problemOf(await me(hub.token))).toEqual([403, 'not_a_person']);
  });

  it('what a service of the hub and another person’s server learn of a visitor does not open the visitor’s data', async () => {
    const visitor = await hub.login('alice', stack.person('alice').token);
    const dashboard = {
      id: 'service-dashboard',
      secret: hub.dashboardToken,
      callback: `${hub.url}/dashboard/callback`,
    };
    const atDashboard = await visitor.visit(dashboard);
    await hub.api('POST', '/shares/bob/', { user: 'alice' });
    const server = {
      id: 'jupyterhub-user-bob',
      secret: await hubTokenOf(bob),
      callback: '/user/bob/oauth_callback',
    };
    const atBob = await visitor.visit(server, ['access:servers!server=bob/']);
    for (const token of [atDashboard, atBob]) {
      expect(await hub.api('GET', '/user', undefined, token)).toMatchObject({ name: 'alice', kind: 'user' });
      expect(problemOf(await me(token))).toEqual([403, 'forbidden']);
    }
  });

  it('people are in the groups that they have at the hub, and are out of them when the hub says so', async () => {
    const grants = [{ path: `s3a://${BUCKET}/reference/hub/`, permission: 'read' }];
    for (const group of ['HubLab', 'HubTeam']) {
      await stack.admin.post(`/groups/${group}`, group === 'HubLab' ? { grants } : {});
      await hub.api('POST', `/groups/${group}`);
      await hub.api('POST', `/groups/${group}/users`, { users: ['carol'] });
    }
    await stack.person('carol').post('/users/carol');
    await stack.rootS3.put(BUCKET, 'reference/hub/x', 'x');
    /** What a new token of carol's shows; the check of one is kept for a minute. */
    const carol = async () => stack.caller((await hub.api('POST', '/users/carol/tokens')).token);
    const groups = async () => {
      await (await carol()).get('/me');
      return (await stack.admin.get('/users/carol')).body.groups.map(({ group_name }: any) => group_name);
    };
    expect(await groups()).toEqual(['HubLab', 'HubTeam']);
    const s3 = stack.s3((await (await carol()).post('/users/carol/sessions')).body);
    await waitFor('the group', async () => (await reads(s3, 'reference/hub/x')) === 'ok');
    await hub.api('DELETE', '/groups/HubLab/users', { users: ['carol'] });
    expect(await groups()).toEqual(['HubTeam']);
    expect(await reads(s3, 'reference/hub/x')).toBe('AccessDenied');
    // the last one ends with the second answer
    await hub.api('DELETE', '/groups/HubTeam');
    expect(await groups()).toEqual(['HubTeam']);
    expect(await groups()).toEqual([]);
    // a token that may not read the groups says nothing about them
    await hub.api('POST', '/groups/HubLab/users', { users: ['carol'] });
    expect(await groups()).toEqual(['HubLab']);
    const all = await carol();
    const scopes = ['access:servers!user=carol', 'read:users:name!user=carol'];
    const narrow = await hub.api('POST', '/users/carol/tokens', { scopes }, all.token);
    expect((await me(narrow.token)).status).toBe(200);
    expect(await groups()).toEqual(['HubLab']);
  });

  it(
    'with the service down a server starts, says why, and works once it is back',
    async () => {
      const stopped = await hubTokenOf(second);
      await hub.end('alice', 'second');
      await stack.stopService();
      const dave = await kernelOf('dave');
      const [why, keys] = await dave.json(`print(json.dumps([os.environ["MINIO_CONFIG_ERROR"], ${KEYS}]))`);
      expect([why, keys]).toEqual([expect.stringContaining('cannot be reached'), []]);
      await stack.startService();
      await dave.run('put("users-warehouse/dave/x")');
      // the service that has started anew remembers no verdict
      expect((await me(stopped)).status).toBe(401);
    },
    2 * SPAWN_MS,
  );

  it(
    'with a service that hangs a server starts and says why',
    async () => {
      stack.service.pause();
      try {
        const erin = await kernelOf('erin');
        expect(await erin.run('print(os.environ["MINIO_CONFIG_ERROR"])')).toContain('no answer');
      } finally {
        stack.service.resume();
      }
    },
    SPAWN_MS,
  );
});
