import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '../../../../scripts/child.mjs';
import { SchemaBench } from '../../../support/portal/schema-bench.js';
import { DATABASE, envOf, type SchemaServer } from '../../../support/portal/schemas.js';
import { hasPostgres } from '../../../support/servers/postgres.js';
import { type Stack, START_MS } from '../../../support/service/stack.js';

/** PostgreSQL's refusals. */
const [FORBIDDEN, WRONG_PASSWORD, NO_LOGIN] = ['42501', '28P01', '28000'];

(hasPostgres() ? describe : describe.skip)('schemas of data products', () => {
  let bench: SchemaBench;
  let stack: Stack;
  let database: SchemaServer;
  let projects: string;

  beforeAll(async () => {
    bench = await SchemaBench.start();
    ({ stack, database, projects } = bench);
  }, START_MS);
  afterAll(() => bench?.stop());

  const shown = (id: string) => bench.shown(id);
  const access = (...call: Parameters<SchemaBench['access']>) => bench.access(...call);
  const remove = (id: string) => bench.remove(id);
  const login = (name: string) => bench.login(name);
  const check = (id: string) => bench.check(id);
  const made = (...names: string[]) => bench.made(...names);
  const readers = (provider: string, ...wanted: string[]) => bench.readers(provider, ...wanted);

  it('a product writes its own schema, and learns in its project how', async () => {
    await made('sales');
    expect((await shown('sales')).database).toMatchObject({
      ...{ schema: 'sales', owner_role: 'sales_owner', read_role: 'sales_read', readers: [], problem: null },
    });
    expect(await envOf(projects, 'sales')).toMatchObject({
      ...{ POSTGRES_HOST: '127.0.0.1', POSTGRES_PORT: String(database.relay.port) },
      ...{ POSTGRES_DATABASE: DATABASE, POSTGRES_SCHEMA: 'sales', POSTGRES_USER: 'sales_owner' },
    });
    const own = await login('sales');
    await database.sql('create table sales.orders (id int); insert into sales.orders values (1)', own);
    expect(await database.outcome('create schema other', own)).toBe(FORBIDDEN);
    expect(await database.outcome('create table public.x (id int)', own)).toBe(FORBIDDEN);
    expect(await database.outcome('create role x', own)).toBe(FORBIDDEN);
  });

  it('an approved consumer reads it, what is made later too, and writes nothing', async () => {
    await made('reports');
    const consumer = await login('reports');
    const read = (table: string) => database.outcome(`select * from sales.${table}`, consumer);
    expect(await read('orders')).toBe(FORBIDDEN);
    await access('approve', 'sales', 'reports');
    await readers('sales', 'reports');
    await database.sql('create table sales.later (id int)', await login('sales'));
    expect([await read('orders'), await read('later')]).toEqual(['ok', 'ok']);
    for (const sql of [
      'insert into sales.orders values (2)',
      'drop table sales.orders',
      'create table sales.x (i int)',
    ])
      expect(await database.outcome(sql, consumer)).toBe(sql.startsWith('drop') ? FORBIDDEN : FORBIDDEN);
    const [port] = (await shown('reports')).approvals;
    expect(port).toMatchObject({ schema: 'sales', waiting: null });
    const list = () => readFile(join(projects, 'reports', 'ACCESSIBLE_DATA_PRODUCTS.txt'), 'utf8');
    expect(await list()).toContain('# Your PostgreSQL role reads the schemas:\n#   - sales\n');

    // what somebody else gave stays; one that has become the reader by SET ROLE does not remain it
    await database.sql('create role analyst; grant sales_read to analyst');
    const connected = await database.connect(consumer);
    await connected.query('set role sales_read');
    await access('revoke', 'sales', 'reports');
    await readers('sales');
    await waitFor('the end', async () => (await read('orders')) === FORBIDDEN);
    await expect(connected.query('select * from sales.orders')).rejects.toThrow();
    await connected.end().catch(() => undefined);
    expect(await list()).not.toContain('PostgreSQL');
    expect(await database.sql(`select pg_has_role('analyst', 'sales_read', 'member') as is`)).toEqual([
      { is: true },
    ]);
  });

  it('a membership that is missing or too many is put right by the next check, and so is a login', async () => {
    await made('hr');
    const own = await login('hr');
    await database.sql('create table hr.people (id int)', own);
    await access('approve', 'hr', 'reports');
    await readers('hr', 'reports');
    const consumer = await login('reports');
    await database.sql('revoke hr_read from reports_owner; grant sales_read to reports_owner');
    await database.sql('alter role reports_owner nologin');
    await check('reports');
    await waitFor(
      'the login',
      async () => (await database.outcome('select from hr.people', consumer)) === 'ok',
    );
    expect(await database.outcome('select from sales.orders', consumer)).toBe(FORBIDDEN);
  });

  it('a rotation changes the password, in the project and on the server', async () => {
    const before = await login('sales');
    const { body } = await stack.admin.post('/admin/rotate-all', { reason: 'a laptop was lost' });
    await waitFor(
      'the rotation',
      async () => (await stack.admin.get(`/provisions/${body.provision_id}`)).body.status === 'completed',
    );
    const after = await login('sales');
    expect(after.password).not.toBe(before.password);
    expect(await database.outcome('select 1', after)).toBe('ok');
    expect(await database.outcome('select 1', before)).toBe(WRONG_PASSWORD);
    expect(after.password).not.toBe((await envOf(projects, 'sales'))['S3_SECRET_KEY']);
  });

  it.each([
    ['schema', 'create schema foreign0; create table foreign0.t (id int)', 'foreign0', 'foreign0.t'],
    [
      'role',
      'create role foreign1_read; create schema theirs; create table theirs.t (id int)',
      'foreign1',
      'theirs.t',
    ],
  ])(
    'a %s of its name that somebody else made is left alone, and is said',
    async (what, sql, name, table) => {
      await database.sql(sql);
      await made(name);
      const { database: found } = await shown(name);
      expect(found.problem).toContain(`the PostgreSQL ${what} ${name}`);
      expect(await envOf(projects, name)).not.toHaveProperty('POSTGRES_USER');
      await access('approve', name, 'reports');
      await waitFor(
        'the problem',
        async () => what === 'schema' || (await shown('reports')).database.problem !== null,
      );
      expect(await database.outcome(`select from ${table}`, await login('reports'))).toBe(FORBIDDEN);
      await access('revoke', name, 'reports');
      await waitFor('the end', async () => (await shown('reports')).database.problem === null);
      await remove(name);
      await waitFor('the removal', async () => (await shown(name)).state === 'deleted');
      expect(await database.outcome(`select from ${table}`)).toBe('ok');
    },
  );

  it('a server that is away holds nothing up in MinIO, is told, and is caught up with', async () => {
    await database.relay.cut();
    await made('late');
    expect(await shown('late')).toMatchObject({
      ...{ enforced: true, last_error: expect.stringContaining('warehouse does not answer') },
    });
    const { S3_ACCESS_KEY: access_key = '', S3_SECRET_KEY: secret_key = '' } = await envOf(projects, 'late');
    await stack.s3({ access_key, secret_key }).put('data-products', 'late/a');
    await access('approve', 'late', 'reports');
    await waitFor('access in MinIO', async () =>
      JSON.stringify((await shown('reports')).reads).includes('late'),
    );
    await database.relay.accept();
    await waitFor('the schema', async () => (await shown('late')).last_error === null, { timeoutMs: 60_000 });
    await database.sql('create table late.t (id int)', await login('late'));
    await waitFor(
      'the membership',
      async () => (await database.outcome('select from late.t', await login('reports'))) === 'ok',
      { timeoutMs: 60_000 },
    );
    // it is told a moment after the server has it
    await waitFor('the end of the problem', async () => (await shown('reports')).database.problem === null);
    expect(await shown('reports')).toMatchObject({ last_error: null });
  });

  it('a deleted product cannot log in, and nobody reads it; the schema stays if data is kept', async () => {
    const own = await login('hr');
    const consumer = await login('reports');
    const connected = await database.connect(own);
    await remove('hr');
    await waitFor('the end', async () => (await shown('hr')).state === 'deleted');
    expect(await database.outcome('select 1', own)).toBe(NO_LOGIN);
    await expect(connected.query('select 1')).rejects.toThrow();
    await connected.end().catch(() => undefined);
    expect(await database.outcome('select from hr.people', consumer)).toBe(FORBIDDEN);
    expect(await database.outcome('select from hr.people')).toBe('ok');
  });

  it('its schema and its roles are gone if data is deleted, and nothing else is', async () => {
    await stack.restart({ PRODUCTS_ON_DELETE: 'delete' });
    await database.sql('create table late.view_of (id int)', await login('late'));
    await remove('late');
    await waitFor('the end', async () => (await shown('late')).state === 'deleted');
    await waitFor('the schema', async () => (await shown('late')).database === null);
    expect(await bench.left('late')).toEqual([]);
    expect(await database.outcome('select from sales.orders', await login('sales'))).toBe('ok');
    expect(await database.outcome('select from hr.people')).toBe('ok');
  });

  it('the doctor and the start say what is missing', async () => {
    const finding = async () => {
      const { checks } = (await stack.admin.get('/admin/doctor')).body;
      return checks.find(({ name }: { name: string }) => name === 'products_postgres');
    };
    expect(await finding()).toMatchObject({ verdict: 'ok' });
    await database.sql('alter role provisioner nocreaterole');
    expect(await finding()).toMatchObject({
      ...{ verdict: 'failed', detail: expect.stringContaining('CREATEROLE') },
    });
    await stack.restart({ PRODUCTS_POSTGRES_DATABASE: 'nowhere' });
    expect(await finding()).toMatchObject({
      ...{ verdict: 'failed', detail: expect.stringContaining('there is no such database') },
    });
    await waitFor('the log', () =>
      stack.allLogs().includes('No schemas in the database nowhere of warehouse'),
    );
  });

  it('no password was in a statement', () => {
    expect(database.server.logs()).toContain('SCRAM-SHA-256$4096');
    expect(stack.secrets.findIn('the log of PostgreSQL', database.server.logs())).toEqual([]);
  });
});
