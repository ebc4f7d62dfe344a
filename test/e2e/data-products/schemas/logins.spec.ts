import { join } from 'node:path';
import { waitFor } from '../../../../scripts/child.mjs';
import { ROOT } from '../../../../scripts/node.mjs';
import { AUDIENCE, Issuer } from '../../../support/auth/issuer.js';
import { runSql } from '../../../support/database/sql.js';
import { PortalBench } from '../../../support/portal/bench.js';
import { DATABASE, type Login, loginOf as loginIn, SchemaServer } from '../../../support/portal/schemas.js';
import { hasPostgres } from '../../../support/servers/postgres.js';
import { problemOf } from '../../../support/service/problems.js';
import type { Answer } from '../../../support/service/service.js';
import { START_MS } from '../../../support/service/stack.js';
import { tempDir } from '../../../support/service/temp.js';
import { programFolder } from '../../../support/walks/ctl.js';
import { blocksOf, Terminal } from '../../../support/walks/pages.js';

/** PostgreSQL's refusals. */
const [FORBIDDEN, WRONG_PASSWORD, NO_LOGIN] = ['42501', '28P01', '28000'];
const [OWNER, SECOND] = ['owner@example.org', 'second@example.org'];

(hasPostgres() ? describe : describe.skip)('the login of a data product that has no project', () => {
  let bench: PortalBench;
  let database: SchemaServer;
  let issuer: Issuer;

  beforeAll(async () => {
    [database, issuer] = await Promise.all([SchemaServer.start(), Issuer.start()]);
    const oidc = { OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: AUDIENCE, OIDC_USER_PREFIX: 'sso-' };
    bench = await PortalBench.start({ env: { ...database.env, ...oidc } });
  }, START_MS);
  afterAll(async () => {
    await bench?.stop();
    await Promise.all([database?.stop(), issuer?.stop()]);
  });

  const told = async (id: string) => (await bench.shown(id)).database;
  const works = (login: Login) => database.outcome('select 1', login);

  async function ask(product: string, email: string | undefined, verified?: boolean): Promise<Answer> {
    const token = await issuer.token({ email, email_verified: verified });
    return bench.stack.caller(token).post(`/data-products/${product}/database-login`);
  }
  function loginOf({ status, body: { user, password } }: Pick<Answer, 'status' | 'body'>): Login {
    expect(status).toBe(200);
    bench.stack.secrets.add('a password', password);
    return { user, password };
  }
  const shown = async (product: string, email = OWNER) => loginOf(await ask(product, email, true));
  /** Of a name that no folder can have: such products have no project. */
  async function made(name: string): Promise<string> {
    const [id = ''] = await bench.products(`-${name}`);
    return id;
  }
  async function leave(product: string, way?: '/' | '/v2'): Promise<void> {
    await bench.tell(bench.portal.do.setOwners(product, [SECOND]), way);
    await bench.settle();
  }
  async function ends(login: Login) {
    const client = await database.connect(login);
    const gone = new Promise<void>((done) => client.on('end', () => done()));
    return () => gone;
  }

  it.each([
    ['an address that is not verified', OWNER, false],
    ['no address', undefined, true],
    ['the address of somebody else', 'stranger@example.org', true],
  ] as const)('is not shown for %s, and changes nothing', async (_, email, verified) => {
    const id = await made(`asked-${String(email?.length)}-${String(verified)}`);
    const own = await shown(id);
    expect(problemOf(await ask(id, email, verified))).toEqual([403, 'forbidden']);
    const missing = await ask('00000000-0000-4000-8000-000000000000', email, verified);
    expect(problemOf(missing)).toEqual([403, 'forbidden']);
    expect(await works(own)).toBe('ok');
  });

  it('is shown once to an owner; asking again makes another password, and ends the former one', async () => {
    const id = await made('owned');
    expect(await told(id)).toMatchObject({ login_shown_to: null, login_shown_at: null, problem: null });
    const answer = await ask(id, 'Owner@Example.org', true);
    const { schema, owner_role: user } = await told(id);
    expect(answer.body).toEqual({
      ...{ host: '127.0.0.1', port: database.relay.port, database: DATABASE, schema, user },
      password: expect.stringMatching(/^[a-z2-7]{40}$/),
    });
    expect(answer.headers['cache-control']).toBe('no-store');
    const first = loginOf(answer);
    await database.sql(`create table ${schema}.t (id int)`, first);
    expect(await told(id)).toMatchObject({
      login_shown_to: 'sso-alice',
      login_shown_at: expect.stringContaining('T'),
    });
    const end = await ends(first);
    const second = await shown(id);
    await end();
    expect([await works(first), await works(second)]).toEqual([WRONG_PASSWORD, 'ok']);
    // a check leaves it as it is, and its connections
    const kept = await database.connect(second);
    await bench.stack.admin.post(`/data-products/${id}/reconcile`);
    await bench.settle();
    await kept.query('select 1');
    await kept.end();
    const { items } = (await bench.stack.admin.get('/admin/audit?action=data_product.database_login_shown'))
      .body;
    expect(items.filter((each: any) => each.detail.id === id)).toMatchObject([
      { actor: 'sso-alice', detail: { id, role: user } },
      { actor: 'sso-alice' },
    ]);
  });

  it.each([
    ['an event that names the product', '/v2'],
    ['an exchange that names nothing', '/'],
  ] as const)('ends with the ownership, told by %s', async (_, way) => {
    const id = await made(way === '/' ? 'left-exchange' : 'left-event');
    const login = await shown(id);
    await bench.tell(bench.portal.do.setOwners(id, [OWNER, SECOND]), way);
    await bench.settle();
    const end = await ends(login);
    expect(await works(login)).toBe('ok');
    await leave(id, way);
    expect(await works(login)).toBe(WRONG_PASSWORD);
    await end();
    expect(await told(id)).toMatchObject({ login_shown_to: null, login_shown_at: null, problem: null });
    expect(problemOf(await ask(id, OWNER, true))).toEqual([403, 'forbidden']);
    expect(await works(await shown(id, SECOND))).toBe('ok');
    const { items } = (await bench.stack.admin.get('/admin/audit?action=data_product.database_login_ended'))
      .body;
    expect(items.filter((each: any) => each.detail.id === id)).toMatchObject([{ actor: 'minio-manager' }]);
  });

  it('one that an administrator was shown does not end with an ownership', async () => {
    const id = await made('admins');
    const login = loginOf(await bench.stack.admin.post(`/data-products/${id}/database-login`));
    await leave(id);
    expect(await works(login)).toBe('ok');
    expect((await told(id)).login_shown_to).toBe('admin');
    expect(problemOf(await bench.stack.admin.post('/data-products/nothing/database-login'))).toEqual([
      404,
      'not_found',
    ]);
  });

  it('an owner who leaves while it is made learns no password, and nobody is noted', async () => {
    const id = await made('left-meanwhile');
    const before = await shown(id);
    // the first time they are asked for it still is an owner
    bench.portal.faults = [{ on: /role_assignments/, skip: 1, body: '{"role_assignments":[]}' }];
    expect(problemOf(await ask(id, OWNER, true))).toEqual([403, 'forbidden']);
    bench.portal.faults = [];
    expect(await works(before)).toBe(WRONG_PASSWORD);
    await leave(id);
    expect((await told(id)).login_shown_to).toBeNull();
  });

  it('a server that is away shows none, and the password of who leaves ends when it is back', async () => {
    const id = await made('away');
    const login = await shown(id);
    await database.relay.cut();
    expect(problemOf(await ask(id, OWNER, true))).toEqual([503, 'target_unavailable']);
    await bench.tell(bench.portal.do.setOwners(id, [SECOND]));
    await waitFor('the failure', async () => (await bench.shown(id)).last_error !== null);
    expect((await told(id)).login_shown_to).toBe('sso-alice');
    await database.relay.accept();
    await waitFor('the end', async () => (await works(login)) === WRONG_PASSWORD, { timeoutMs: 60_000 });
    await bench.settle();
    expect(await bench.shown(id)).toMatchObject({ last_error: null, database: { login_shown_to: null } });
  });

  it('an exploration has one, too: it reads what it was approved for', async () => {
    const provider = await made('read');
    const asset = bench.portal.world.assetsOf(provider).find(({ type }) => type.startsWith('PostgreSQL'))!;
    const port = await bench.port(provider);
    await bench.tell(bench.portal.do.linkAsset(asset, port));
    const { schema } = await told(provider);
    await database.sql(`create table ${schema}.t (id int)`, await shown(provider));
    await bench.tell(bench.portal.do.createExploration({ namespace: 'explorer' }));
    const explorer = bench.idOf('explorer');
    await bench.settle();
    expect(problemOf(await ask(explorer, OWNER, true))).toEqual([409, 'not_possible']);
    await bench.grant({ consumer: explorer, port });
    await bench.settle();
    const answer = await ask(explorer, OWNER, true);
    expect(answer.body).toMatchObject({ schema: null, user: (await told(explorer)).owner_role });
    const login = loginOf(answer);
    expect(await database.outcome(`select from ${schema}.t`, login)).toBe('ok');
    expect(await database.outcome(`insert into ${schema}.t values (1)`, login)).toBe(FORBIDDEN);
  });

  it('its page shows how to ask', async () => {
    const id = await made('page');
    const page = join(ROOT, 'docs', 'data-products-postgres.md');
    const [curl, ctl] = blocksOf(page).filter(({ language }) => language === 'sh');
    const { stack } = bench;
    const { baseUrl: url } = stack.service;
    const terminal = new Terminal(tempDir('page'), {
      ...{ PATH: `${programFolder()}:${process.env.PATH}`, PRODUCT: id, TOKEN: stack.admin.token },
      ...{ MINIO_MANAGER_URL: url, MINIO_MANAGER_TOKEN: stack.admin.token },
    });
    const { user, password } = JSON.parse(
      await terminal.run(curl!.text.replace('http://127.0.0.1:8090', url)),
    );
    const first = loginOf({ status: 200, body: { user, password } });
    expect(await works(first)).toBe('ok');
    const lines = (await terminal.run(ctl!.text)).trim().split('\n');
    const values = Object.fromEntries(lines.map((line) => line.split('=')));
    expect(Object.keys(values)).toEqual(
      ['HOST', 'PORT', 'DATABASE', 'SCHEMA', 'USER', 'PASSWORD'].map((name) => `POSTGRES_${name}`),
    );
    const second = loginOf({ status: 200, body: { user, password: values['POSTGRES_PASSWORD'] } });
    expect([await works(first), await works(second)]).toEqual([WRONG_PASSWORD, 'ok']);
  });

  it('a product that has a project has its password there', async () => {
    const [id = ''] = await bench.products('with-project');
    const answer = await ask(id, OWNER, true);
    expect(problemOf(answer)).toEqual([409, 'not_possible']);
    expect(answer.body.detail).toContain('.env');
    expect(await works(await loginIn(bench.projects, 'with-project'))).toBe('ok');
  });

  it('one that gets a project later has the same password there, until its owner leaves', async () => {
    await bench.stack.restart({ PROV_TEMPLATE_OUTPUT_PATH: '' });
    const [id = ''] = await bench.products('later');
    const login = await shown(id);
    await bench.stack.restart({ PROV_TEMPLATE_OUTPUT_PATH: bench.projects });
    await bench.stack.admin.post(`/data-products/${id}/reconcile`);
    await bench.settle();
    expect(await loginIn(bench.projects, 'later')).toEqual(login);
    expect(await works(login)).toBe('ok');
    await leave(id);
    expect(await works(login)).toBe(WRONG_PASSWORD);
    expect(await works(await loginIn(bench.projects, 'later'))).toBe('ok');
  });

  it('a rotation of all secrets ends it; a deleted product has none', async () => {
    const id = await made('rotated');
    const login = await shown(id);
    const end = await ends(login);
    const { body } = await bench.stack.admin.post('/admin/rotate-all', { reason: 'a laptop was lost' });
    await waitFor(
      'the rotation',
      async () =>
        (await bench.stack.admin.get(`/provisions/${body.provision_id}`)).body.status === 'completed',
    );
    await end();
    expect(await works(login)).toBe(WRONG_PASSWORD);
    const next = await shown(id);
    await bench.tell(bench.portal.do.deleteProduct(id));
    await bench.settle();
    expect(await works(next)).toBe(NO_LOGIN);
    expect(problemOf(await ask(id, OWNER, true))).toEqual([403, 'forbidden']);
    const asked = await bench.stack.admin.post(`/data-products/${id}/database-login`);
    expect(problemOf(asked)).toEqual([409, 'not_possible']);
  });

  it('no password was in a statement, or in the database', async () => {
    const { secrets, env } = bench.stack;
    expect(secrets.findIn('the log of PostgreSQL', database.server.logs())).toEqual([]);
    const rows = await runSql(env, ['select * from data_product', 'select * from audit_event']);
    expect(secrets.findIn('the rows', JSON.stringify(rows))).toEqual([]);
  });
});
