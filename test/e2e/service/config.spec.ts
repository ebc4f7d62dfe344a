import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ServiceEnded, startService } from '../../support/service/service.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';

const GOOD = {
  MINIO_ENDPOINT: 'http://127.0.0.1:1',
  MINIO_ROOT_USER: 'administrator',
  MINIO_ROOT_PASSWORD: 'not-a-real-password',
  KBASE_AUTH_URL: 'http://127.0.0.1:1',
};

/** Starts a service that must not start, and gives what it said. */
async function refusal(env: Record<string, string>): Promise<{ code: unknown; said: string }> {
  try {
    const service = await startService({ env: { ...GOOD, DATA_DIR: tempDir('config'), ...env } });
    await service.kill();
  } catch (error) {
    const { code, logs } = error as ServiceEnded;
    return { code, said: logs };
  }
  throw new Error('the service started');
}

describe('a configuration that is not usable', () => {
  const zeros = '0'.repeat(64);
  /** Each start has many variables wrong, and says all of it. */
  const starts: [string, string, string][][] = [
    [
      ['PORT', '70000', 'must not be greater than 65535'],
      ['MINIO_ENDPOINT', 'minio.example.org:9000', 'must be a URL'],
      ['MINIO_ADMIN_ENDPOINT', 'http://a:9000,http://a:9000', 'must be unique'],
      ['MINIO_NODE_ENDPOINTS', 'http://a:9000,b', 'each value in must be a URL'],
      ['MINIO_ROOT_PASSWORD', 'hunter2', 'must be longer than or equal to 8'],
      ['MASTER_KEY', 'tooshort', 'must be longer than or equal to 16'],
      ['LAKE_BUCKET', 'No_Bucket', 'must match'],
      ['USERS_PREFIX', '../up', 'must match'],
      ['DATABASE_URL', 'mysql://u:topsecret@h/d', 'must match'],
      ['AMQP_URL', 'http://u:topsecret@broker', 'must be amqp://USER:PASSWORD@HOST:PORT/VHOST'],
      ['AMQP_FALLBACK', 'memory', 'must be one of'],
      ['RATE_LIMIT_WRITES', '-1', 'must be an integer'],
      ['SESSION_REUSE_SECONDS', '61', 'must not be greater than 60'],
      ['LOG_LEVEL', 'chatty', 'must be one of'],
      ['OIDC_USER_PREFIX', 'Upper-', 'must match'],
      ['JUPYTERHUB_API_URL', 'hub', 'must be a URL'],
      ['GROUPS_FROM', 'ldap', 'must be oidc:CLAIM, kbase or hub'],
      ['GROUPS_FROM_DRY_RUN', 'perhaps', 'must be one of'],
      ['CREDENTIALS_MAX_IDLE_DAYS', '3651', 'must not be greater than 3650'],
      ['LEAVERS_INTERVAL_SECONDS', '3600', 'must not be greater than 1500'],
      ['LEAVERS_MAX_PERCENT', '0', 'must not be less than 1'],
      ['LEAVERS_DRY_RUN', 'yes', 'must be one of'],
      ['KBASE_COMPAT', 'indeed', 'must be one of'],
      ['PAGE_URL', 'http://lake.example.org', 'must be https'],
      ['PAGE_SESSION_HOURS', '0', 'must not be less than 1'],
      ['PAGE_DEMO_TOKENS', '["topsecret"', 'must be a JSON object'],
      ['KBASE_POLARIS_URL', 'http://127.0.0.1:1', 'must not be set without KBASE_COMPAT=true'],
      ['TARGETS_FILE', '/nowhere/targets.yaml', 'must name a readable file'],
      ['ROLE', 'everything', 'must be one of'],
      ['WORKFLOW_TOOLS', 'tofu,shell', 'each value in must be one of'],
      ['TOFU_PROVIDERS', 'acme/part', 'must be whole addresses'],
      ['ANSIBLE_MODULES', 'blockinfile', 'must be whole names of modules'],
      ['ANSIBLE_ON_WORKER', 'yes', 'must be one of'],
      ['TOFU_PROVIDER_MIRROR', '/nowhere/mirror', 'must name a folder'],
      ['WORKER_CONCURRENCY', '65', 'must not be greater than 64'],
      ['PROVISION_MAX_ATTEMPTS', 'ten', 'must be an integer'],
      ['SERVICE_TOKENS', 'svc_notjson', 'must be a JSON array'],
    ],
    [
      ['PORT', 'eighty', 'must be an integer'],
      ['MASTER_KEY_FILE', '/nonexistent/master-key', 'must name a readable file'],
      ['SERVICE_TOKENS', '[{"name":"hub","sha256":"svc_plain","scopes":["credentials"]}]', 'token 1: sha256'],
    ],
    [['SERVICE_TOKENS', `[{"name":"hub","sha256":"${zeros}","scopes":["everything"]}]`, 'token 1: scopes']],
    [
      ['GROUPS_FROM_MAP', 'staff=lake', 'needs GROUPS_FROM'],
      ['AMQP_FALLBACK', 'database', 'must not be set without AMQP_URL'],
    ],
    ...[
      'amqp://u:topsecret@h?heartbeat=0',
      'amqp://u:topsecret@h:a',
      'amqp://topsecret/a/b',
      'amqp://u:%zz@h',
    ].map((wrong): [string, string, string][] => [
      ['AMQP_URL', wrong, 'must be amqp://USER:PASSWORD@HOST:PORT/VHOST'],
    ]),
    [['OIDC_CLIENT_ID', 'lake-page', 'and OIDC_CLIENT_SECRET must be set together']],
    [
      ['JUPYTERHUB_CLIENT_ID', 'service-lake', 'must be set together with JUPYTERHUB_CLIENT_SECRET'],
      ['JUPYTERHUB_PUBLIC_URL', 'https://hub.example.org/hub/', 'must be the address of the hub'],
    ],
    [['OIDC_LOOKUP_CLIENT_ID', 'leavers', 'and OIDC_LOOKUP_CLIENT_SECRET must be set together']],
    [
      ['GROUPS_FROM', 'hub', 'needs JUPYTERHUB_API_URL'],
      ['GROUPS_FROM_MAP', 'a=lake,{user}=hidden', 'entry 2: braces'],
    ],
    [['PRODUCTS_BUCKET', 'cdm-lake', 'must not be the bucket of LAKE_BUCKET']],
    ...['a*', 'te*am', 'team-*,*', 'team-**'].map((wrong): [string, string, string][] => [
      ['GRANTABLE_BUCKETS', wrong, 'must be names of buckets; a final * after at least two characters'],
    ]),
    [['HOME_PREFIXES', 'cdm-lake', 'each value in must match']],
    [['HOME_PREFIXES', 'cdm-lake/a,cdm-lake/../b', 'each value in must match']],
    [['HOME_PREFIXES', 'cdm-lake/a,other/b,cdm-lake/a', 'must be unique']],
    [
      [
        'HOME_PREFIXES',
        'other/one/in,cdm-lake/b,other/one',
        'must not name a prefix twice or one within another',
      ],
    ],
    [
      [
        'SERVICE_TOKENS',
        `[{"name":"hub","sha256":"${zeros}","scopes":["admin"],"more":1}]`,
        'token 1: has an unknown',
      ],
    ],
  ];

  it.each(starts.map((wrong) => [wrong.map(([name]) => name).join(', '), wrong] as const))(
    'stops the start with each variable and its rule, never a value: %s',
    async (_names, wrong) => {
      const { code, said } = await refusal(Object.fromEntries(wrong));
      expect(code).toBe(1);
      for (const [name, value, rule] of wrong) {
        expect(said).toContain(`  ${name} ${rule}`);
        // numbers and words of the rule itself aside, no value is repeated
        if (value.length > 3) expect(said).not.toContain(value);
      }
    },
  );

  it.each<Record<string, string>>([
    { HOST: '0.0.0.0' },
    { TRUST_PROXY: '1' },
    { KBASE_AUTH_URL: 'https://auth.example.org' },
    { KBASE_AUTH_URL: '', OIDC_ISSUER: 'http://127.0.0.1:1', OIDC_AUDIENCE: 'lake' },
  ])('lets nobody in by a click where others may come: %j', async (env) => {
    const { code, said } = await refusal({ PAGE_DEMO_TOKENS: '{"alice": "topsecret"}', ...env });
    expect(code).toBe(1);
    expect(said).toContain('PAGE_DEMO_TOKENS is for the demo');
    expect(said).not.toContain('topsecret');
  });

  it.each(['api', 'all'])('has no tools for steps with the role %s', async (ROLE) => {
    const tools = {
      WORKFLOW_TOOLS: 'tofu,ansible',
      TOFU_BINARY: '/nowhere/program',
      ANSIBLE_BINARY: '/nowhere/other',
    };
    const { code, said } = await refusal({ ...tools, ROLE });
    expect(code).toBe(1);
    expect(said).toContain('WORKFLOW_TOOLS must not be set unless ROLE is worker');
    expect(said).toContain('TOFU_BINARY must name a program, or be found on PATH');
    expect(said).toContain('ANSIBLE_BINARY must name a program, or be found on PATH');
  });

  it('names one first home only', async () => {
    const HOME_PREFIXES = 'data-products/people,cdm-lake/people';
    const { said } = await refusal({ HOME_PREFIXES, USERS_PREFIX: 'users' });
    expect(said).toContain('HOME_PREFIXES must begin with LAKE_BUCKET/USERS_PREFIX if those are set, too');
    expect(said).toContain('PRODUCTS_BUCKET must not be a bucket of HOME_PREFIXES');
  });

  it('names what is missing', async () => {
    const { said } = await refusal({ MINIO_ENDPOINT: '', MINIO_ROOT_USER: '', MINIO_ROOT_PASSWORD: '' });
    for (const name of ['MINIO_ENDPOINT', 'MINIO_ROOT_USER', 'MINIO_ROOT_PASSWORD'])
      expect(said).toContain(`${name} must be set`);
  });

  it('needs an audience, and beside KBase a prefix, for people of an OIDC issuer', async () => {
    const { said } = await refusal({ OIDC_ISSUER: 'https://sso.example.org' });
    expect(said).toContain('OIDC_AUDIENCE must be set with OIDC_ISSUER');
    expect(said).toContain('OIDC_USER_PREFIX must be set with both KBASE_AUTH_URL and OIDC_ISSUER');
  });

  it('needs somebody who can say who calls', async () => {
    const { said } = await refusal({ KBASE_AUTH_URL: '' });
    expect(said).toContain('KBASE_AUTH_URL, OIDC_ISSUER, JUPYTERHUB_API_URL or SERVICE_TOKENS must be set');
  });
});

describe('a configuration in other words', () => {
  let stack: Stack;
  beforeAll(async () => {
    const folder = tempDir('secrets');
    const password = randomBytes(16).toString('hex');
    const file = join(folder, 'password');
    writeFileSync(file, `${password}\n`);
    stack = await startStack({ minio: { secretKey: password } });
    const { MINIO_ENDPOINT = '', MINIO_ROOT_USER = '' } = stack.env;
    for (const name of ['MINIO_ENDPOINT', 'MINIO_ROOT_USER', 'MINIO_ROOT_PASSWORD']) delete stack.env[name];
    const aliases = { S3_ENDPOINT: MINIO_ENDPOINT, S3_ACCESS_KEY: MINIO_ROOT_USER, S3_SECRET_KEY_FILE: file };
    await stack.restart({
      ...aliases,
      LAKE_BUCKET: 'other-lake',
      USERS_PREFIX: 'people',
      MINIO_REGION: 'eu-north-1',
    });
  }, START_MS);
  afterAll(() => stack?.stop());

  it('takes the aliases, secrets from files and another place for homes', async () => {
    const { status, body } = await stack.person('alice').post('/users/alice');
    expect(status).toBe(201);
    expect(body).toMatchObject({ home_path: 's3a://other-lake/people/alice/', region: 'eu-north-1' });
    const s3 = stack.s3(body);
    await s3.put('other-lake', 'people/alice/a', 'x');
    expect(await s3.list('other-lake', 'people/alice/')).toEqual(['people/alice/', 'people/alice/a']);
  });
});
