import { randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import {
  POSTGRES_DATABASE,
  POSTGRES_GRANTS,
  POSTGRES_MIGRATE,
  POSTGRES_ROLE,
} from '../../../src/documents/step-types/postgres.js';
import { Deliveries } from '../../../src/steps/deliver/deliver.js';
import { DatabaseKind } from '../../../src/steps/postgres/database.kind.js';
import { GrantsKind } from '../../../src/steps/postgres/grants.kind.js';
import { MigrateKind } from '../../../src/steps/postgres/migrate.kind.js';
import { RoleKind } from '../../../src/steps/postgres/role.kind.js';
import type { Targets } from '../../../src/targets/targets.js';
import { LEAST_POLICY, type OpenBao, startOpenBao } from '../../support/openbao.js';
import { hasPostgres, type PostgresServer, startPostgres } from '../../support/postgres.js';
import { processArguments, SecretFinder } from '../../support/secrets.js';
import { START_MS } from '../../support/stack.js';
import { secretFile, shown, StepRun, targetsWith } from '../../support/steps.js';
import { tempDir } from '../../support/temp.js';

const PASSWORD = 'the password of the provisioner';
/** Everybody but the superuser needs a password, so that those that steps deliver are put to the test. */
const HBA = `host all postgres 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
`;
let server: PostgresServer;
let bao: OpenBao;
let targets: Targets;
const secrets = new SecretFinder();

(hasPostgres() ? describe : describe.skip)('steps on PostgreSQL', () => {
  beforeAll(async () => {
    const hba = join(tempDir('hba'), 'pg_hba.conf');
    writeFileSync(hba, HBA);
    chmodSync(join(hba, '..'), 0o755);
    server = await startPostgres({ settings: [`hba_file=${hba}`, 'log_statement=all'] });
    await sql(`create role provisioner login createdb createrole password '${PASSWORD}'`);
    bao = await startOpenBao();
    const token = secretFile(await bao.tokenWith(LEAST_POLICY));
    const url = server.url.replace('postgres@', 'provisioner@');
    targets = targetsWith([
      { name: 'db', kind: 'postgres', url, password_file: secretFile(PASSWORD), teams: ['field'] },
      { name: 'wrong', kind: 'postgres', url, password_file: secretFile('not it'), teams: ['field'] },
      { name: 'away', kind: 'postgres', url: 'postgresql://u@127.0.0.1:9/x', teams: ['field'] },
      { name: 'main', kind: 'vault', address: bao.address, token_file: token, teams: ['field'] },
    ]);
  }, START_MS);
  afterAll(async () => {
    targets.onApplicationShutdown();
    await Promise.all([server.stop(), bao.stop()]);
  });

  /** As a superuser, or as somebody else. */
  async function sql(
    text: string,
    database = 'postgres',
    as?: { user: string; password: string },
  ): Promise<any[]> {
    const url = new URL(server.url.replace(/postgres$/, database));
    const client = new Client({
      ...{ host: url.hostname, port: Number(url.port), database, user: 'postgres', ...as },
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  }

  const newName = (what: string) => `${what}_${randomBytes(3).toString('hex')}`;
  const withTarget = (input: object) => ({ target: 'db', ...input });
  const databaseStep = (input: object) =>
    new StepRun(new DatabaseKind(targets), POSTGRES_DATABASE, withTarget(input));
  const grantsStep = (input: object) =>
    new StepRun(new GrantsKind(targets), POSTGRES_GRANTS, withTarget(input));
  const migrateStep = (input: object) =>
    new StepRun(new MigrateKind(targets), POSTGRES_MIGRATE, withTarget(input));
  const roleStep = (input: object) =>
    new StepRun(new RoleKind(targets, new Deliveries(targets)), POSTGRES_ROLE, withTarget(input));
  const loginStep = (role: string, path: string, more: object = {}) =>
    roleStep({ role, login: true, deliver: { vault: { target: 'main', path } }, ...more });

  async function loginAt(path: string): Promise<{ user: string; password: string }> {
    const { username = '', password = '' } = (await bao.secret(path)) ?? {};
    secrets.add('a delivered password', password);
    return { user: username, password };
  }

  describe('a database', () => {
    it('is made with owner and extension, found, and dropped while it is empty', async () => {
      const [database, owner] = [newName('field'), newName('owner')];
      await roleStep({ role: owner }).apply();
      const input = { database, owner, extensions: ['pgcrypto'] };
      const run = databaseStep(input);
      expect(await run.plan()).toEqual([`create_database postgres db: database ${database}`]);
      const made = await run.apply();
      expect(shown(made)).toEqual([`create done database ${database}`, 'create done extension pgcrypto']);
      expect(made.outputs).toEqual({ database, host: '127.0.0.1', port: server.port });
      expect(await run.plan()).toEqual([]);
      expect(shown(await databaseStep(input).apply())).toEqual([`create unchanged database ${database}`]);
      expect(shown(await run.apply())).toEqual([`create done database ${database}`]);
      const [{ can }] = await sql(`select has_database_privilege('public', '${database}', 'connect') as can`);
      expect(can).toBe(false);
      expect(shown(await run.undo(made))).toEqual([`remove done database ${database}`]);
      expect(await sql(`select from pg_database where datname = '${database}'`)).toEqual([]);
      expect(shown(await run.undo(made))).toEqual([`remove done database ${database}`]);
    });

    it.each([
      ['a table', 'create table t (id int)'],
      ['a function', 'create function f() returns int language sql as $$ select 1 $$'],
      ['a schema', 'create schema mine'],
      ['a large object', 'select lo_create(0)'],
    ])('with %s in it stays', async (_, statement) => {
      const database = newName('full');
      const run = databaseStep({ database });
      const made = await run.apply();
      await sql(statement, database);
      expect(shown(await run.undo(made))).toEqual([`remove skipped database ${database} (it is not empty)`]);
      expect(await sql(`select from pg_database where datname = '${database}'`)).toHaveLength(1);
    });

    it('of an attempt that was cut off is completed, and is not there half made', async () => {
      const database = newName('cut');
      const run = databaseStep({ database });
      await sql(`create database minio_manager_${run.provisionId.replaceAll('-', '')} owner provisioner`);
      expect(shown(await run.apply())).toEqual([`create done database ${database}`]);
      expect(await sql(`select from pg_database where datname like 'minio_manager_%'`)).toEqual([]);
    });

    it('that existed stays, also when it is another one of the name; what it lacks is added', async () => {
      const database = newName('old');
      await sql(`create database ${database} owner provisioner`);
      const run = databaseStep({ database, extensions: ['pgcrypto'] });
      const made = await run.apply();
      expect(shown(made)).toEqual([
        `create unchanged database ${database}`,
        'create done extension pgcrypto',
      ]);
      expect(shown(await run.undo(made))).toEqual(['remove done extension pgcrypto']);

      const other = newName('again');
      const first = databaseStep({ database: other });
      const created = await first.apply();
      await sql(`drop database ${other}`);
      await sql(`create database ${other}`);
      expect(shown(await first.undo(created))).toEqual([
        `remove skipped database ${other} (it is another one of this name)`,
      ]);
    });

    it.each([
      ['a server that refuses', 'wrong', 'target_refused', 'the password of this service is wrong'],
      ['a server that is away', 'away', 'target_unavailable', 'does not answer'],
    ])('is not made on %s', async (_, target, code, message) => {
      const run = new StepRun(new DatabaseKind(targets), POSTGRES_DATABASE, { target, database: 'x' });
      await expect(run.apply()).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    });

    it.each([
      ['a name of the server', { database: 'postgres' }, 'must not be postgres'],
      ['a quoted name', { database: 'a"; drop' }, 'input.database'],
      ['a reserved name', { database: 'pg_x' }, 'input.database'],
    ])('is refused with %s', async (_, input, rule) => {
      const run = async () => databaseStep(input).validate();
      await expect(run()).rejects.toThrow(rule);
    });
  });

  describe('a role', () => {
    it('with a login gets a password that works and that nobody sees; it is dropped with what was delivered', async () => {
      const [group, role, path] = [newName('group'), newName('login'), `teams/field/${newName('p')}`];
      await roleStep({ role: group }).apply();
      const run = loginStep(role, path, { member_of: [group], database: 'postgres' });
      expect(await run.plan()).toEqual([
        `create_role postgres db: role ${role}`,
        `write_secret vault main: ${path}`,
      ]);
      const made = await run.apply();
      expect(shown(made)).toEqual([
        `create done role ${role}`,
        `grant done role_membership ${group}`,
        `create done vault_secret ${path}`,
      ]);
      const keys = ['username', 'password', 'host', 'port', 'database'];
      expect(made.outputs).toEqual({
        role,
        delivered: { vault: { target: 'main', path, version: 1, keys } },
      });
      const login = await loginAt(path);
      expect(await sql('select current_user as me', 'postgres', login)).toEqual([{ me: role }]);
      await expect(sql('select 1', 'postgres', { ...login, password: 'another' })).rejects.toThrow(
        'password',
      );

      expect(await run.plan()).toEqual([]);
      const again = await loginStep(role, path, { member_of: [group], database: 'postgres' }).apply();
      expect(shown(again)).toEqual([
        `create unchanged role ${role}`,
        `change unchanged vault_secret ${path}`,
      ]);
      // an attempt whose end was not recorded
      expect(shown(await run.apply())).toEqual([
        `create done role ${role}`,
        `create done vault_secret ${path}`,
      ]);

      expect(secrets.findIn('the result', JSON.stringify([made, again]))).toEqual([]);
      expect(shown(await run.undo(made))).toEqual([
        `revoke done role_membership ${group}`.replace('revoke', 'remove'),
        `remove done role ${role}`,
        `remove done vault_secret ${path}`,
      ]);
      expect(await bao.secret(path)).toBeUndefined();
    });

    it('that owns something stays, with its password', async () => {
      const [role, path] = [newName('owner'), `teams/field/${newName('p')}`];
      const run = loginStep(role, path);
      const made = await run.apply();
      await sql(`create schema ${role} authorization ${role}`);
      expect(shown(await run.undo(made))).toEqual([
        `remove skipped role ${role} (it owns something, or has rights somewhere)`,
        `remove skipped vault_secret ${path} (the role is still there)`,
      ]);
      expect(await sql('select 1 as one', 'postgres', await loginAt(path))).toEqual([{ one: 1 }]);
    });

    it('has no password that did not arrive, and gets one at the next attempt', async () => {
      const [role, path] = [newName('late'), `teams/field/${newName('p')}`];
      const run = loginStep(role, path);
      await bao.seal();
      await expect(run.apply()).rejects.toMatchObject({ code: 'target_unavailable' });
      expect(await sql(`select from pg_roles where rolname = '${role}'`)).toEqual([]);
      await bao.unseal();
      await run.apply();
      expect(await sql('select 1 as one', 'postgres', await loginAt(path))).toEqual([{ one: 1 }]);
    });

    it('gets a new password when the attempt before was cut off after the delivery', async () => {
      const [role, path] = [newName('cut'), `teams/field/${newName('p')}`];
      const run = loginStep(role, path);
      const deliveries = new Deliveries(targets);
      const dead = { vault: { target: 'main', path, mode: 'merge' as const } };
      const parts = { username: role, password: 'of the attempt that died', host: 'h', port: '1' };
      await deliveries.deliver(dead, parts, { provisionId: run.provisionId, team: 'field' });
      const made = await run.apply();
      const login = await loginAt(path);
      expect(login.password).not.toBe(parts.password);
      expect(await sql('select 1 as one', 'postgres', login)).toEqual([{ one: 1 }]);
      const { versions } = (await bao.call('GET', `secret/metadata/${path}`)).data;
      expect(versions[1].destroyed).toBe(true);
      await run.undo(made);
      expect(await bao.secret(path)).toBeUndefined();
    });

    it('is rotated when asked: the old password ends', async () => {
      const [role, path] = [newName('rotated'), `teams/field/${newName('p')}`];
      await loginStep(role, path).apply();
      const before = await loginAt(path);
      await loginStep(role, path, { rotate: true }).apply();
      const after = await loginAt(path);
      expect(await sql('select 1 as one', 'postgres', after)).toEqual([{ one: 1 }]);
      await expect(sql('select 1', 'postgres', before)).rejects.toThrow('password');
    });

    it('whose password is somewhere else is not changed unless asked', async () => {
      const role = newName('elsewhere');
      await loginStep(role, `teams/field/${newName('p')}`).apply();
      await expect(loginStep(role, `teams/field/${newName('p')}`).apply()).rejects.toMatchObject({
        code: 'not_possible',
        message: expect.stringContaining('set rotate'),
      });
    });

    it.each([
      ['a login and no place for it', { login: true }, 'must be set for a role with a login'],
      ['a place and no login', { deliver: { vault: { path: 'x' } } }, 'needs login: true'],
      ['a claim', { login: true, deliver: { claim: { to: 'alice' } } }, 'deliver it to the vault'],
    ])('is refused with %s', async (_, input, rule) => {
      await expect(roleStep({ role: 'some_role', ...input }).validate()).rejects.toThrow(rule);
    });

    it.each([
      ['nobody', 'nobody_here', 'there is no role nobody_here'],
      ['a superuser', 'boss', 'boss is a superuser'],
    ])('is no member of %s', async (_, group, rule) => {
      await sql(`do $$ begin create role boss superuser; exception when duplicate_object then end $$`);
      const role = newName('climber');
      await expect(roleStep({ role, member_of: [group] }).apply()).rejects.toThrow(rule);
      expect(await sql(`select from pg_roles where rolname = '${role}'`)).toEqual([]);
    });
  });

  describe('rights and SQL', () => {
    async function world(): Promise<{ database: string; owner: string; reader: string }> {
      const [database, owner, reader] = [newName('data'), newName('owner'), newName('reader')];
      for (const role of [owner, reader]) await roleStep({ role }).apply();
      await databaseStep({ database, owner }).apply();
      return { database, owner, reader };
    }
    const can = async (database: string, role: string, privilege: string, table: string): Promise<boolean> =>
      (await sql(`select has_table_privilege('${role}', '${table}', '${privilege}') as can`, database))[0]
        .can;

    it('are granted for tables that are there and those to come, and revoked', async () => {
      const { database, owner, reader } = await world();
      await migrateStep({
        database,
        migrations: [{ name: '1', sql: 'create table one (id serial)' }],
      }).apply();
      const input = { database, role: reader };
      const run = grantsStep(input);
      expect(await run.plan()).toEqual(
        [
          'database',
          'schema',
          'sequence one_id_seq',
          'table one',
          `sequences to come ${owner}`,
          `tables to come ${owner}`,
        ].map((place) => `grant postgres db: ${database} public: ${place}`),
      );
      const made = await run.apply();
      await migrateStep({ database, migrations: [{ name: '2', sql: 'create table two (id int)' }] }).apply();
      for (const table of ['one', 'two'])
        expect([
          await can(database, reader, 'SELECT', table),
          await can(database, reader, 'INSERT', table),
        ]).toEqual([true, false]);
      expect(await run.plan()).toEqual([]);
      expect(shown(await grantsStep(input).apply())).toEqual([
        `grant unchanged postgres_grant ${database} public`,
      ]);
      await sql('drop table one', database);
      const undone = shown(await run.undo(made));
      expect(undone).toHaveLength(6);
      expect(undone.every((each) => each.startsWith('revoke done'))).toBe(true);
      // granted by what was there to come, not by the run itself
      expect(await can(database, reader, 'SELECT', 'two')).toBe(true);
      await sql('create table three (id int)', database);
      expect(await can(database, reader, 'SELECT', 'three')).toBe(false);
    });

    it('are refused to nobody, and in no schema', async () => {
      const { database, reader } = await world();
      await expect(grantsStep({ database, role: 'nobody_here' }).apply()).rejects.toThrow('there is no role');
      await expect(grantsStep({ database, role: reader, schema: 'none_here' }).apply()).rejects.toThrow(
        'there is no schema',
      );
    });

    it('SQL runs once, as the owner; the login that ran it is gone', async () => {
      const { database, owner } = await world();
      const run = migrateStep({
        database,
        migrations: [
          { name: '0001', sql: 'create table sample (id int); insert into sample values (1)' },
          { name: '0002', sql: 'insert into sample values (2); reset role; create table by_login (id int)' },
        ],
      });
      expect(await run.plan()).toEqual(
        ['0001', '0002'].map((name) => `migrate postgres db: ${database} ${name}`),
      );
      expect((await run.apply()).outputs).toEqual({ applied: ['0001', '0002'] });
      expect(await run.plan()).toEqual([]);
      expect((await run.apply()).outputs).toEqual({ applied: [] });
      expect(await sql('select id from sample order by id', database)).toEqual([{ id: 1 }, { id: 2 }]);
      const tables = await sql(
        `select tablename as name, tableowner as owner from pg_tables where schemaname = 'public' order by 1`,
        database,
      );
      expect(tables).toEqual([
        { name: 'by_login', owner },
        { name: 'sample', owner },
      ]);
      expect(await sql(`select from pg_roles where rolname like 'minio_manager_%'`)).toEqual([]);
    });

    it('SQL that fails leaves nothing, also of what ran before it', async () => {
      const { database } = await world();
      const migrations = [
        { name: 'a', sql: 'create table a (id int)' },
        { name: 'b', sql: 'create table b (id nonsense)' },
      ];
      await expect(migrateStep({ database, migrations }).apply()).rejects.toMatchObject({
        code: 'target_refused',
      });
      expect(await sql(`select from pg_tables where tablename in ('a', 'b')`, database)).toEqual([]);
      expect(await sql(`select from pg_roles where rolname like 'minio_manager_%'`)).toEqual([]);
    });

    it('SQL gets no rights of this service, whatever it tries', async () => {
      const { database } = await world();
      const attempt = (text: string) =>
        migrateStep({ database, migrations: [{ name: 'x', sql: text }] }).apply();
      for (const text of [
        'reset role; create role stolen superuser',
        'set role provisioner',
        'set session authorization provisioner',
        `do $$ begin execute 'reset role'; execute 'create role stolen'; end $$`,
      ])
        await expect(attempt(text)).rejects.toMatchObject({ code: 'target_refused' });
      expect(await sql(`select from pg_roles where rolname = 'stolen'`)).toEqual([]);
      await expect(attempt('create table kept (id int); commit')).rejects.toThrow('must not contain');
      const mine = migrateStep({
        database,
        role: 'provisioner',
        migrations: [{ name: 'x', sql: 'select 1' }],
      });
      await expect(mine.apply()).rejects.toThrow('more rights than SQL of a team may have');
    });

    it('SQL that has changed since it ran is refused', async () => {
      const { database } = await world();
      await migrateStep({ database, migrations: [{ name: 'a', sql: 'select 1' }] }).apply();
      const changed = migrateStep({ database, migrations: [{ name: 'a', sql: 'select 2' }] });
      await expect(changed.plan()).rejects.toThrow('a has changed since it was run');
    });
  });

  it('show no password: not in the log of the server, and in no arguments', () => {
    expect(secrets.count).toBeGreaterThan(3);
    expect(server.logs()).toContain('SCRAM-SHA-256$4096');
    const places: [string, string | Buffer][] = [['the log', server.logs()], ...processArguments()];
    expect(places.flatMap(([place, content]) => secrets.findIn(place, content))).toEqual([]);
  });
});
