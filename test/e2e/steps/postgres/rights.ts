import { shown } from '../../../support/workflows/steps.js';
import { newName, type PostgresBench } from './bench.js';

/** Step types `postgres_grants` and `postgres_migrate`. */
export function rights(bench: PostgresBench): void {
  const { sql, databaseStep, roleStep, grantsStep, migrateStep } = bench;

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
      await grantsStep({ database, role: 'nobody_here' }).expectRefused('there is no role nobody_here');
      await grantsStep({ database, role: reader, schema: 'none_here' }).expectRefused('there is no schema');
    });

    it('in a database, or for a role, that only a step before makes are planned after that', async () => {
      const { database, reader } = await world();
      const made = (kind: 'database' | 'role', name: string) => ({
        kind,
        name: `${name} of db`,
        there: true,
      });
      const later = grantsStep({ database: 'later_here', role: 'nobody_here' });
      await later.expectRefused('there is no database later_here');
      const [place, role] = [made('database', 'later_here'), made('role', 'nobody_here')];
      await expect(later.plan([place])).rejects.toThrow('there is no role nobody_here');
      expect(await later.plan([place, role])).toEqual(['grant postgres db: later_here public']);
      const migrations = [{ name: '1', sql: 'create table one (id int)' }];
      const sqlStep = migrateStep({ database: 'later_here', role: reader, migrations });
      await sqlStep.expectRefused('there is no database later_here');
      expect(await sqlStep.plan([place])).toEqual(['migrate postgres db: later_here 1']);
      await migrateStep({ database: 'later_here', role: 'provisioner', migrations }).expectRefused(
        'more rights',
      );
      await expect(migrateStep({ database, role: 'nobody_here', migrations }).plan([place])).rejects.toThrow(
        'there is no role nobody_here',
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
}
