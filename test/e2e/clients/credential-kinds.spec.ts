import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type LakeTools,
  lakeTools,
  LAKE_TOOLS_MS,
  missingTools,
  type Outcome,
  runLakeTools,
} from '../../support/clients/lake-tools.js';
import { type Nginx, startFront } from '../../support/servers/nginx.js';
import { pathOf, share } from '../../support/access/sharing.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';

/** Five rounds of some twenty tools. */
const ROUNDS_MS = 600_000;
const KINDS = ['pair', 'session', 'access key', 'container', 'container, token file'] as const;
type Kind = (typeof KINDS)[number];
const CONTAINER: Kind[] = ['container', 'container, token file'];
/** What each of these tools cannot use; all else works. */
const NOT: Record<string, Kind[]> = {
  // older than that variable
  aws_cli_2: ['container, token file'],
  mc: CONTAINER,
  'minio-js': CONTAINER,
  s3cmd: CONTAINER,
  // Rust's object_store reads the token from a file only
  datafusion: ['container'],
  obstore: ['container'],
};
const TOOLS = [
  ...['minio_py', 'obstore', 'zarr', 'gdal', 'mlflow', 'deltalake', 'polars_delta', 'datafusion', 'lance'],
  ...['pyiceberg', 'dask', 'daft', 'duckdb_httpfs', 's3cmd', 'rclone', 'aws_cli_2', 'mc'],
  ...['minio-js', 'aws-sdk-js', 'aws-sdk-go'],
].filter((tool) => !missingTools().includes(tool));
const REFUSAL = /403|denied|forbidden|permission|privileges/i;

/** Each tool writes and reads at home and reads what is shared, with each kind of credentials; what is not shared is refused. */
describe('tools and kinds of credentials', () => {
  let stack: Stack;
  /** Before MinIO. */
  let front: Pick<Nginx, 'endpoint' | 'stop'>;
  let tools: LakeTools;
  const outcomes = new Map<Kind, Outcome[]>();
  const open = `${BUCKET}/${homeOf('bob')}open/`;

  beforeAll(
    async () => {
      [stack, tools] = await Promise.all([startStack(), lakeTools()]);
      front = await startFront(stack.minio);
      for (const name of ['alice', 'bob']) await stack.person(name).post(`/users/${name}`);
      await share(stack, 'bob', { path: pathOf(`${homeOf('bob')}open/`), with_users: ['alice'] });
      // with his pair Bob writes what alice reads with the other kinds
      const { body } = await stack.person('bob').post('/users/bob', { rotate: false });
      outcomes.set(
        'pair',
        await runLakeTools(tools, environment(body), open, open, `${BUCKET}/${homeOf('alice')}`),
      );
      for (const kind of KINDS.slice(1)) outcomes.set(kind, await round(kind));
    },
    LAKE_TOOLS_MS + START_MS + ROUNDS_MS,
  );
  afterAll(async () => {
    await front?.stop();
    await stack?.stop();
  });

  async function round(kind: Kind): Promise<Outcome[]> {
    const folder = kind.replace(/\W+/g, '-');
    const paths = [
      `${BUCKET}/${homeOf('alice')}${folder}/`,
      open,
      `${BUCKET}/${homeOf('bob')}closed/`,
    ] as const;
    return runLakeTools(tools, environment(await credentials(kind)), ...paths);
  }

  async function credentials(kind: Kind): Promise<Record<string, string>> {
    const alice = stack.person('alice');
    if (kind === 'session') return (await alice.post('/users/alice/sessions')).body;
    if (kind === 'access key') return (await alice.post('/users/alice/access-keys', { name: 'tools' })).body;
    const address = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${stack.service.baseUrl}/credentials/aws` };
    if (kind === 'container') return { ...address, AWS_CONTAINER_AUTHORIZATION_TOKEN: alice.token };
    const file = join(tempDir('token'), 'token');
    writeFileSync(file, alice.token, { mode: 0o600 });
    return { ...address, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file };
  }

  /** What a server of a hub has of all this; AWS_ALLOW_HTTP is for Rust's object_store. */
  function environment(given: Record<string, string>): Record<string, string> {
    const { access_key: key, secret_key: secret, session_token: token } = given;
    const place = {
      AWS_ENDPOINT_URL_S3: front.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
    };
    const keys = key && secret ? { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret } : given;
    return { ...place, AWS_ALLOW_HTTP: 'true', ...keys, ...(token ? { AWS_SESSION_TOKEN: token } : {}) };
  }

  /** 'works', 'no credentials', or what happened instead. */
  function verdict(outcome: Outcome | undefined): unknown {
    if (!outcome) return 'was not run';
    const { wrote, home, shared, forbidden } = outcome;
    if ('error' in wrote && 'error' in home && 'error' in shared && 'error' in forbidden)
      return 'no credentials';
    const same = 'value' in home && 'value' in shared && JSON.stringify(home) === JSON.stringify(shared);
    const refused = 'error' in forbidden && REFUSAL.test(forbidden.error);
    return 'value' in wrote && same && refused ? 'works' : outcome;
  }

  it.each(TOOLS)('%s', (tool) => {
    const found = KINDS.map((kind) => [kind, verdict(outcomes.get(kind)?.find((one) => one.tool === tool))]);
    const expected = KINDS.map((kind) => [kind, NOT[tool]?.includes(kind) ? 'no credentials' : 'works']);
    expect(found).toEqual(expected);
  });

  it('no tool is left out', () => {
    for (const kind of KINDS) expect(outcomes.get(kind)?.map(({ tool }) => tool)).toEqual(TOOLS);
  });
});
