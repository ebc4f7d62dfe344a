import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { ROOT } from '../../../scripts/node.mjs';
import { LEAST_POLICY, type OpenBao, startOpenBao } from '../../support/servers/openbao.js';
import { hasPostgres, type PostgresServer, startPostgres } from '../../support/servers/postgres.js';
import { outcome } from '../../support/access/s3.js';
import { makePeople, NO_LIMITS, sessionOf } from '../../support/access/sharing.js';
import { ArgumentWatch, SecretFinder } from '../../support/service/secrets.js';
import { runSql } from '../../support/database/sql.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { secretFile } from '../../support/workflows/steps.js';
import { tempDir } from '../../support/service/temp.js';
import { acceptedRun, endOf, execute, runWhen, statesOf } from '../../support/workflows/runs.js';

/** Everybody but the superuser needs a password, so that the delivered one is put to the test. */
const HBA = `host all postgres 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
`;
type Login = Record<'username' | 'password' | 'host' | 'port' | 'database', string>;

(hasPostgres() ? describe : describe.skip)('the providers that come with the service', () => {
  let stack: Stack;
  let bao: OpenBao;
  let postgres: PostgresServer;
  /** What steps have delivered. The name of a key is no secret: outputs tell it. */
  const secrets = new SecretFinder();
  const processes = new ArgumentWatch();

  beforeAll(async () => {
    const hba = join(tempDir('hba'), 'pg_hba.conf');
    writeFileSync(hba, HBA);
    chmodSync(join(hba, '..'), 0o755);
    [bao, postgres] = await Promise.all([startOpenBao(), startPostgres({ settings: [`hba_file=${hba}`] })]);
    const file = join(tempDir('targets'), 'targets.json');
    const token = secretFile(await bao.tokenWith(LEAST_POLICY));
    const targets = [
      { name: 'main', kind: 'vault', address: bao.address, token_file: token, teams: ['Platform'] },
      { name: 'products', kind: 'postgres', url: postgres.url, teams: ['Platform'] },
    ];
    writeFileSync(file, JSON.stringify({ targets }));
    const env = {
      ...{ PROVIDERS_DIR: join(ROOT, 'providers'), TARGETS_FILE: file },
      ...{ LOG_LEVEL: 'trace' },
    };
    stack = await startStack({ env: { ...NO_LIMITS, ...env } });
    await makePeople(stack, ['alice', 'bob']);
    await stack.admin.post('/groups/Platform', { members: ['bob'] });
  }, START_MS);
  afterAll(async () => {
    const known = stack?.secrets;
    await stack?.stop();
    await Promise.all([bao?.stop(), postgres?.stop()]);
    expect([...processes.seen].some((line) => line.includes('dist/main.js'))).toBe(true);
    for (const each of [secrets, known]) if (each) processes.stop(each);
  });

  const asked = (name: string, parameters: object, query = '') =>
    execute(stack.admin, name, parameters, { team: 'Platform', query });
  const carriedOut = async (name: string, parameters: object) =>
    endOf(stack.admin, acceptedRun(await asked(name, parameters)));
  const completed = async (name: string, parameters: object) => {
    const run = await carriedOut(name, parameters);
    expect([run.error, run.status]).toEqual([null, 'completed']);
    return run;
  };
  const undone = async (run: { id: string }) => {
    await stack.admin.post(`/api/workflows/${run.id}/undo`);
    return runWhen(stack.admin, run, 'undone', ({ undone_at }) => undone_at !== null);
  };
  /** What is at a path of the vault; from then on it may be nowhere else. */
  async function secretAt(path: string): Promise<any> {
    const secret = await bao.secret(path);
    for (const key of ['secret_key', 'password', 'APP_KEY'])
      if (secret?.[key]) secrets.add(`${key} of ${path}`, secret[key]);
    return secret;
  }
  async function sql({ username, password, host, port, database }: Login, text: string): Promise<any[]> {
    const client = new Client({ host, port: Number(port), user: username, password, database });
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  }
  const asSuperuser = (text: string) => {
    const { hostname: host, port } = new URL(postgres.url);
    return sql({ username: 'postgres', password: '', host, port, database: 'postgres' }, text);
  };
  const hasDatabase = async (name: string) =>
    (await asSuperuser(`select from pg_database where datname = '${name}'`)).length > 0;
  const stays = (run: any) =>
    run.steps.flatMap(({ name, operations }: any) =>
      operations
        .filter(({ status }: any) => status === 'skipped')
        .map(({ entitlement, message }: any) => `${name}: ${entitlement.type} (${message})`),
    );
  const parameters = (name: string) => ({
    ...{ team: `T${name}`, bucket_name: `team-${name}`, db_name: `db_${name}`, members: ['alice'] },
  });

  it('onboard-data-team: a dry run shows each step, and makes nothing', async () => {
    const { status, body } = await asked(
      'storage-team/onboard-data-team',
      parameters('dry'),
      '?dry_run=true',
    );
    expect([status, body.detail]).toEqual([200, undefined]);
    const changes = Object.fromEntries(
      body.plan.map(({ step, state, changes: each }: any) => [step, each?.[0]?.change ?? state]),
    );
    expect(changes).toMatchObject({
      ...{ 'bucket/private': 'assert', 'bucket/bucket': 'create_bucket', 'bucket/quota': 'skipped' },
      ...{
        'bucket/key/key': 'skipped',
        'key/key': 'create_access_key',
        'database/database': 'create_database',
      },
      ...{ 'database/role': 'create_role', 'database/grants': 'grant', 'app/secrets': 'write_secret' },
    });
    expect([(await stack.rootS3.buckets()).includes('team-dry'), await hasDatabase('db_dry')]).toEqual([
      false,
      false,
    ]);
  });

  it('onboard-data-team gives what works, shows no secret anywhere, and takes all of it back', async () => {
    const run = await completed('storage-team/onboard-data-team', parameters('one'));
    expect(run.outputs).toEqual({ group: 'Tone', bucket: 'team-one', database: 'db_one' });
    const key = await secretAt('teams/Tone/buckets/team-one');
    const login = await secretAt('teams/Tone/databases/db_one');
    expect((await secretAt('teams/Tone/app')).APP_KEY).toMatch(/^[A-Za-z0-9]{32}$/);
    const loader = stack.s3(key);
    const alice = await sessionOf(stack, 'alice');
    for (const member of [loader, alice]) {
      expect(await outcome(() => member.list('team-one', 'data/'))).toBe('ok');
      expect(await outcome(() => member.put('team-one', 'x'))).toBe('AccessDenied');
    }
    await sql(login, 'create table sample (id int); drop table sample');
    const { holds, steps } = (await stack.admin.post(`/api/workflows/${run.id}/verify`)).body;
    expect([holds, steps[0].type, steps[0].state]).toEqual([true, 'assert', 'not_checkable']);

    const back = await undone(run);
    expect(stays(back)).toEqual([]);
    const order = (await stack.admin.get('/provisions?kind=undo&limit=20')).body.items;
    const made = back.steps.map(({ provision_id }: any) => provision_id);
    const positions = order
      .map(({ parent_id }: any) => made.indexOf(parent_id))
      .filter((at: number) => at >= 0);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(positions.length).toBeGreaterThanOrEqual(8);
    expect([(await stack.rootS3.buckets()).includes('team-one'), await hasDatabase('db_one')]).toEqual([
      false,
      false,
    ]);
    expect(await outcome(() => loader.list('team-one', 'data/'))).toBe('InvalidAccessKeyId');
    for (const path of ['buckets/team-one', 'databases/db_one', 'app'])
      expect(await bao.secret(`teams/Tone/${path}`)).toBeUndefined();
    expect((await stack.admin.get('/groups/Tone')).status).toBe(404);
    expect((await stack.admin.get('/users/team-one-loader')).status).toBe(404);

    const told = [run, back, order, (await stack.admin.get('/admin/audit?limit=500')).body];
    const tables = ['provision', 'provision_event', 'workflow_run', 'audit_event', 'queue.job'];
    const rows = await runSql(
      stack.env,
      tables.map((table) => `select * from ${table}`),
    );
    expect(JSON.stringify(rows)).toContain('team-one-loader');
    expect([
      ...secrets.findIn('the answers', JSON.stringify(told)),
      ...secrets.findIn('the database', JSON.stringify(rows)),
      ...secrets.findIn('the log', stack.allLogs()),
    ]).toEqual([]);
  });

  it('an undo leaves what is in use, and names it', async () => {
    const run = await completed('storage-team/onboard-data-team', parameters('two'));
    const login = await secretAt('teams/Ttwo/databases/db_two');
    await sql(login, 'create table sample (id int)');
    const loader = stack.s3(await secretAt('teams/Ttwo/buckets/team-two'));
    expect(await outcome(() => loader.put('team-two', 'data/x'))).toBe('ok');
    await bao.call('POST', 'secret/data/teams/Ttwo/app', { data: { APP_KEY: 'changed by hand' } });
    expect(stays(await undone(run))).toEqual([
      'bucket/bucket: bucket (it is not empty)',
      'database/database: database (it is not empty)',
      'database/role: role (it owns something, or has rights somewhere)',
      'database/role: vault_secret (the role is still there)',
      'app/secrets: vault_secret (it has a newer version)',
    ]);
    expect(await sql({ ...login, database: 'postgres' }, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect((await stack.admin.get('/groups/Ttwo')).status).toBe(404);
  });

  it('onboard-data-team without a database needs no vault: a bucket in which the members write', async () => {
    const run = await completed('storage-team/onboard-data-team', {
      ...{ team: 'Fields', bucket_name: 'team-fields', members: ['alice'] },
    });
    expect(run.outputs).toEqual({ bucket: 'team-fields', group: 'Fields' });
    const [alice, bob] = [await sessionOf(stack, 'alice'), await sessionOf(stack, 'bob')];
    expect(await outcome(() => bob.put('team-fields', 'data/x'))).toBe('AccessDenied');
    expect(await outcome(() => alice.put('team-fields', 'data/x'))).toBe('ok');
    await undone(run);
    expect((await stack.admin.get('/groups/Fields')).status).toBe(404);
  });

  it('create-bucket refuses public access, and keeps false and a quota; delete-bucket removes an empty one', async () => {
    const open = await carriedOut('storage-team/create-bucket', {
      ...{ bucket_name: 'team-open', public_access: true },
    });
    expect([open.status, open.error]).toEqual([
      'failed',
      'Step private failed: Buckets are not made public here: share paths of them with groups',
    ]);
    const plain = await completed('storage-team/create-bucket', {
      ...{
        bucket_name: 'team-plain',
        versioning: false,
        quota_bytes: 1_000_000,
        vault_folder: 'teams/shared',
      },
    });
    expect([plain.parameters.versioning, plain.steps[1].operations.length]).toEqual([false, 1]);
    expect(statesOf(plain).quota).toBe('completed');
    const loader = stack.s3(await secretAt('teams/shared/buckets/team-plain'));
    await loader.put('team-plain', 'data/x');
    const full = await asked('storage-team/delete-bucket', { bucket_name: 'team-plain' });
    expect([full.status, full.body.detail]).toEqual([409, 'The bucket team-plain is not empty']);
    expect(await outcome(() => loader.delete('team-plain', 'data/x'))).toBe('ok');
    const { body: dry } = await asked(
      'storage-team/delete-bucket',
      { bucket_name: 'team-plain' },
      '?dry_run=true',
    );
    const planned = dry.plan.map(({ step, changes }: any) => [
      step,
      changes.map(({ change }: any) => change),
    ]);
    expect(Object.fromEntries(planned).bucket).toEqual(['remove_bucket']);
    const gone = await completed('storage-team/delete-bucket', { bucket_name: 'team-plain' });
    expect(gone.steps.map(({ operations: [each] }: any) => `${each.action} ${each.status}`)).toEqual([
      ...['remove done', 'remove done', 'remove done'],
    ]);
    expect(await outcome(() => loader.list('team-plain', ''))).toBe('InvalidAccessKeyId');
    const again = await completed('storage-team/delete-bucket', { bucket_name: 'team-plain' });
    expect(again.steps.map(({ operations: [each] }: any) => each.status)).toEqual([
      ...['skipped', 'skipped', 'skipped'],
    ]);
  });

  it('create-postgres installs extensions; delete-postgres drops an empty database and its role', async () => {
    await completed('database-team/create-postgres', { db_name: 'alone', extensions: ['pgcrypto'] });
    const login = await secretAt('teams/Platform/databases/alone');
    await sql(login, 'create table sample (id int)');
    const full = await asked('database-team/delete-postgres', { db_name: 'alone' });
    expect([full.status, full.body.detail]).toEqual([409, 'The database alone stays: it is not empty']);
    await sql(login, 'drop table sample');
    await completed('database-team/delete-postgres', { db_name: 'alone' });
    expect(await hasDatabase('alone')).toBe(false);
    expect(await asSuperuser(`select from pg_roles where rolname = 'alone_app'`)).toEqual([]);
  });

  it('create-secrets generates what is missing, and keeps what is there', async () => {
    const run = await completed('vault-team/create-secrets', { secret_path: 'teams/x/app', generate: ['A'] });
    const first = await bao.secret('teams/x/app');
    await completed('vault-team/create-secrets', { secret_path: 'teams/x/app', generate: ['A', 'B'] });
    expect(await bao.secret('teams/x/app')).toEqual({
      ...first,
      B: expect.stringMatching(/^[A-Za-z0-9]{32}$/),
    });
    expect(stays(await undone(run))).toEqual(['secrets: vault_secret (it has a newer version)']);
  });
});
