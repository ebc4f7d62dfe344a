import { POSTGRES_DATABASE } from '../../../../src/documents/step-types/types/postgres.js';
import { DatabaseKind } from '../../../../src/steps/postgres/database.kind.js';
import { shown, StepRun } from '../../../support/workflows/steps.js';
import { newName, type PostgresBench } from './bench.js';

/** Step type `postgres_database`. */
export function databases(bench: PostgresBench): void {
  const { sql, databaseStep, roleStep } = bench;

  describe('a database', () => {
    it('is made with owner and extension, found, and dropped while it is empty', async () => {
      const [database, owner] = [newName('field'), newName('owner')];
      await roleStep({ role: owner }).apply();
      const input = { database, owner, extensions: ['pgcrypto'] };
      const run = databaseStep(input);
      expect(await run.plan()).toEqual([`create_database postgres db: database ${database}`]);
      const made = await run.apply();
      expect(shown(made)).toEqual([`create done database ${database}`, 'create done extension pgcrypto']);
      expect(made.outputs).toEqual({ database, host: '127.0.0.1', port: bench.server.port });
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

    it.each([
      ['an owner that is not there', { owner: 'nobody_here' }, 'there is no role nobody_here'],
      ['an extension that is not there', { extensions: ['nothing'] }, 'the server has no extension nothing'],
      ['an extension without what it needs', { extensions: ['earthdistance'] }, 'earthdistance needs cube'],
      ['an extension of superusers', { extensions: ['file_fdw'] }, 'file_fdw needs a superuser'],
    ])('is neither planned nor made with %s', async (_, input, rule) => {
      const database = newName('never');
      await databaseStep({ database, ...input }).expectRefused(rule);
      expect(await sql(`select from pg_database where datname = '${database}'`)).toEqual([]);
    });

    it('that is not empty is neither planned to be dropped, nor dropped', async () => {
      const database = newName('used');
      await databaseStep({ database, extensions: ['pgcrypto'] }).apply();
      const drop = databaseStep({ database, state: 'absent' });
      expect(await drop.plan()).toEqual([`drop_database postgres db: database ${database}`]);
      await sql('create table t (id int)', database);
      await drop.expectRefused(`The database ${database} stays: it is not empty`);
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
      const run = new StepRun(new DatabaseKind(bench.targets), POSTGRES_DATABASE, { target, database: 'x' });
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
}
