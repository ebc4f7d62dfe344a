import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { HUB_BASE, HUB_START_MS, Hub, type HubOptions, SPAWN_MS } from '../../support/clients/hub/hub.js';
import { Kernel } from '../../support/clients/hub/kernel.js';
import { type HubPrograms, hubPrograms } from '../../support/clients/hub/programs.js';
import { READY_MS } from '../../support/walks/demo.js';
import { Terminal } from '../../support/walks/pages.js';
import { S3, outcome } from '../../support/access/s3.js';
import { tempDir } from '../../support/service/temp.js';
import { INSTALL_MS, type Installation, installed } from './installation.js';
import type { Place } from './place.js';

const EXAMPLE = 'https://minio-manager.example.org';
const NOTES = 's3a://cdm-lake/users-warehouse/alice/notes/';

/** What a person does first in a new server. */
const CELL = `
import boto3, json, os
s3 = boto3.client("s3")
key = os.environ["MINIO_HOME"].removeprefix("s3a://cdm-lake/") + "from-the-hub"
s3.put_object(Bucket="cdm-lake", Key=key, Body=b"hello")
keys = [name for name in os.environ if "SECRET" in name or "ACCESS_KEY" in name]
read = s3.get_object(Bucket="cdm-lake", Key=key)["Body"].read().decode()
print(json.dumps([read, keys, os.environ.get("MINIO_CONFIG_ERROR")]))`;

/** Somebody whose hub runs already, with docs/jupyterhub.md. */
export function hub(place: Place): void {
  let installation: Installation;
  let programs: HubPrograms;
  let shell: Terminal;
  let running: Hub;
  let serviceToken: string;
  let settings: Record<string, string>;
  const folder = tempDir('hub-admin');

  beforeAll(async () => {
    const [there, { proxy }, ports] = await Promise.all([
      installed(place, 'jupyterhub.md'),
      hubPrograms(),
      Hub.ports(),
    ]);
    installation = there;
    programs = { python: there.python, proxy };
    running = new Hub(ports);
    settings = { JUPYTERHUB_API_URL: Hub.apiUrl(ports) };
    shell = new Terminal(folder, { PATH: there.path, ...there.compiled });
  }, INSTALL_MS);
  afterAll(() => running?.stop(), HUB_START_MS);

  /** `python3 -m minio_manager.hub --check …`: exit code, and what it says of each step. */
  async function check(variables: Record<string, string>, argv = '') {
    const set = Object.entries({ URL: place.url, ...variables }).map(
      ([name, value]) => `MINIO_MANAGER_${name}=${value}`,
    );
    const { code, said } = await shell.failure(
      `${set.join(' ')} python3 -m minio_manager.hub --check ${argv}`,
    );
    const lines = said.trim().split('\n');
    expect(said).not.toMatch(/svc_|Traceback/);
    return { code, steps: Object.fromEntries(lines.map((line) => [line.slice(11, 20).trim(), line])) };
  }

  /** The hub's configuration and environment with the first values of the chart on the page: the case that most have. */
  function options(other: Record<string, string> = {}): HubOptions & { config: string } {
    const [block] = place.page('docs/jupyterhub.md').filter(({ language }) => language === 'yaml');
    const { extraEnv, extraConfig } = parse(block?.text ?? '').hub;
    expect(extraEnv).toEqual({ MINIO_MANAGER_URL: EXAMPLE });
    const config = join(folder, 'jupyterhub_config.py');
    const code = Object.values<string>(extraConfig).join('\n');
    writeFileSync(config, `load_subconfig(${JSON.stringify(HUB_BASE)})\n${code}`);
    const env = { PYTHONPATH: '', ...installation.compiled, MINIO_MANAGER_URL: place.url };
    return { config, env: { ...env, ...other } };
  }

  it('`npm run token` makes a service token, and says what goes where', async () => {
    const npm = new Terminal(place.clone, {});
    const said = await npm.run('npm run token -- hub --scope credentials 2>&1');
    const [, value = ''] = /^export SERVICE_TOKENS='(.*)'$/m.exec(said) ?? [];
    serviceToken = said.trim().split('\n').at(-1) ?? '';
    expect(serviceToken).toMatch(/^svc_[0-9a-f]{48}$/);
    expect(JSON.parse(value)).toMatchObject([{ name: 'hub', scopes: ['credentials'] }]);
    writeFileSync(join(folder, 'token'), serviceToken, { mode: 0o600 });
    settings.SERVICE_TOKENS = value;
  });

  it('as long as the service has not been told, the check says what is missing', async () => {
    const { code, steps } = await check({ MODE: 'pair', TOKEN_FILE: 'token' }, '--user alice');
    expect([code, steps.service, steps.token]).toEqual([
      1,
      expect.stringMatching(/^ok +service +version \d/),
      expect.stringMatching(/^failed +token .*SERVICE_TOKENS/),
    ]);
  });

  it.each<[string, string, string, RegExp]>([
    ['a mode that is none', 'MODE=par', 'settings', /Did you mean "pair"/],
    ['no token', 'MODE=pair', 'settings', /token_file/],
    [
      'another port',
      'URL=http://127.0.0.1:1',
      'service',
      /is it started, and is c\.MinioManager\.url right\?/,
    ],
    ['MinIO instead of the service', 'URL=MINIO', 'service', /is not reached as minio-manager/],
    [
      'an S3 address that servers do not reach',
      'ENDPOINT=http://127.0.0.1:1',
      'endpoint',
      /set c\.MinioManager\.endpoint/,
    ],
  ])('the check says what to do: %s', async (_, setting, step, says) => {
    const [name = '', value = ''] = setting.split('=');
    const { code, steps } = await check({
      [name]: value.replace('MINIO', place.demo.printed(/MinIO {10}(http\S+)/)),
    });
    expect([code, steps[step]]).toEqual([1, expect.stringMatching(/^failed/)]);
    expect(steps[step]).toMatch(says);
  });

  it(
    'a hub with a setting that cannot work does not start, and says why',
    async () => {
      const other = new Hub(await Hub.ports());
      const starting = other.start(programs, options({ MINIO_MANAGER_URL: 'http://lake.example.org' }));
      await expect(starting).rejects.toThrow(
        /ConfigurationError: c\.MinioManager\.url: .* over http from lake\.example\.org.*: give an https URL/,
      );
    },
    HUB_START_MS,
  );

  it(
    'with the values of the chart, the hub starts; the check says that the service has not been told of it',
    async () => {
      await running.start(programs, options());
      await running.login('alice', place.token('alice'));
      const { token } = await running.api('POST', '/users/alice/tokens');
      writeFileSync(join(folder, 'person'), token, { mode: 0o600 });
      const { code, steps } = await check({}, '--token-file person');
      expect([code, steps.token]).toEqual([1, expect.stringMatching(/^failed +token .*JUPYTERHUB_API_URL/)]);
    },
    HUB_START_MS,
  );

  it(
    'Ctrl-C ends all of it; started anew with the settings of the page, it is as it was',
    async () => {
      const { demo: first, bench, url } = place;
      const tokens = ['alice', 'bob', 'admin'].map((name) => place.token(name));
      await place.ask('alice', '/users/alice/unshare', { path: NOTES });
      const pair = await place.ask('alice', '/users/alice', { rotate: false });
      process.kill(-first.pid, 'SIGINT');
      await first.exit;
      await bench.nothingLeft();
      const second = await place.start(settings);
      expect(second.output).not.toMatch(/Building|Seeding/);
      expect(['alice', 'bob', 'admin'].map((name) => place.token(name))).toEqual(tokens);
      const { items } = await place.ask('alice', '/users/alice/shares?direction=given');
      expect(items.map((share: any) => share.path)).not.toContain(NOTES);
      expect(items).not.toEqual([]);
      const alice = new S3({ endpoint: pair.endpoint, accessKey: 'alice', secretKey: pair.secret_key });
      expect(await outcome(() => alice.get('cdm-lake', 'users-warehouse/alice/x'))).toBe('ok');
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
    },
    READY_MS * 2,
  );

  it('now every step of the check is well, and a session of hers lists her home', async () => {
    const { code, steps } = await check({ MODE: 'pair', TOKEN_FILE: 'token' }, '--user alice');
    expect(Object.values(steps).filter((line) => !line.startsWith('ok'))).toEqual([]);
    expect([code, steps.session]).toEqual([
      0,
      expect.stringContaining('lists s3a://cdm-lake/users-warehouse/alice/'),
    ]);
  });

  it('it is also well with the hub’s own configuration, and a token of the hub’s token page', async () => {
    const { config, ...rest } = options();
    const atHub = new Terminal(folder, { ...running.environment(programs, rest), PATH: installation.path });
    const { code, said } = await atHub.failure(
      `python3 -m minio_manager.hub --check --config ${config} --token-file person`,
    );
    expect([code, said]).toEqual([0, expect.stringMatching(/^ok +token +of alice$/m)]);
  });

  it(
    'a cell of a new server writes to the home without a key, and shares by one line',
    async () => {
      const kernel = await Kernel.start(await running.spawn('alice'));
      expect(await kernel.json(CELL)).toEqual(['hello', [], null]);
      const shared = '%load_ext minio_manager.notebook\nprint(share("~/from-the-hub", "KBase"))';
      expect(await kernel.run(shared)).toMatch(/KBase\s+group\s+granted/);
      kernel.close();
    },
    SPAWN_MS,
  );

  it('the page of the settings names what the page of the docs names', async () => {
    const listed = await shell.run('python3 -m minio_manager.hub');
    const [table = ''] = /## Settings[\s\S]*?\n## /.exec(place.text('docs/jupyterhub.md')) ?? [];
    const named = [...table.matchAll(/^\| (`\w+`(?:, `\w+`)*) \|/gm)].flatMap(([, names = '']) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name ?? ''),
    );
    expect(named.length).toBeGreaterThan(10);
    const shown = [...listed.matchAll(/--MinioManager\.(\w+)/g)].map(([, name]) => name ?? '');
    expect(named.toSorted()).toEqual(shown.toSorted());
  });
}
