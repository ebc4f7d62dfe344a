import { Client } from 'pg';
import { VAULT_DATABASE_ROLE } from '../../../../src/documents/step-types/types/vault.js';
import { VaultDatabaseRoleKind } from '../../../../src/steps/vault/vault-things.kind.js';
import type { Targets } from '../../../../src/targets/targets.js';
import { MORE_POLICY } from '../../../support/servers/openbao.js';
import { secretFile, shown, StepRun, targetsWith } from '../../../support/workflows/steps.js';
import { newName, type PostgresBench } from './bench.js';

const ISSUER = 'the password with which the vault makes logins';

/** Step type `vault.database_role`: what the vault issues by it. */
export function logins(bench: PostgresBench): void {
  const { sql, databaseStep, roleStep, grantsStep } = bench;
  const [database, connection] = [newName('logins'), 'products'];
  let targets: Targets;

  const issued = async (role: string) => {
    const { data, lease_id } = await bench.bao.call('GET', `database/creds/${role}`);
    bench.secrets.add('an issued password', data.password);
    return { lease_id, as: { user: data.username as string, password: data.password as string } };
  };
  const revoke = (lease_id: string) => bench.bao.call('PUT', 'sys/leases/revoke', { lease_id, sync: true });
  const isRole = async (name: string) =>
    (await sql(`select from pg_roles where rolname = '${name}'`)).length > 0;
  const step = (input: object) =>
    new StepRun(new VaultDatabaseRoleKind(targets), VAULT_DATABASE_ROLE, { connection, ...input });

  describe('logins that the vault issues', () => {
    beforeAll(async () => {
      const { bao, server } = bench;
      await databaseStep({ database }).apply();
      await sql(
        'create table sample (id int); insert into sample values (7); alter table sample owner to provisioner',
        database,
      );
      for (const [role, access] of [
        ['logins_reader', 'read'],
        ['logins_maker', 'create'],
      ] as const) {
        await roleStep({ role }).apply();
        await grantsStep({ database, role, access }).apply();
      }
      // the least rights of a vault: docs/targets.md
      await sql(`create role issuer login createrole password '${ISSUER}'`);
      await sql('grant logins_reader, logins_maker to issuer with admin option');
      await bao.call('POST', 'sys/mounts/database', { type: 'database' });
      await bao.call('POST', `database/config/${connection}`, {
        ...{ plugin_name: 'postgresql-database-plugin', allowed_roles: 'team-*' },
        ...{ username: 'issuer', password: ISSUER, password_authentication: 'scram-sha-256' },
        connection_url: `postgresql://{{username}}:{{password}}@127.0.0.1:${server.port}/${database}?sslmode=disable`,
      });
      const token_file = secretFile(await bao.tokenWith(MORE_POLICY));
      targets = targetsWith([
        { name: 'admin', kind: 'vault', address: bao.address, token_file, teams: ['field'] },
      ]);
    });
    afterAll(() => targets?.onApplicationShutdown());

    it('have the rights of the role, for their time, and end when they are revoked', async () => {
      const run = step({ role: 'team-reader', member_of: 'logins_reader', ttl_seconds: 600 });
      const made = await run.apply();
      expect(made.outputs).toEqual({ path: 'database/creds/team-reader' });
      const [first, second] = [await issued('team-reader'), await issued('team-reader')];
      expect(await sql('select id from sample', database, first.as)).toEqual([{ id: 7 }]);
      await expect(sql('insert into sample values (8)', database, first.as)).rejects.toThrow(
        'permission denied',
      );
      const [{ seconds }] = await sql(
        `select extract(epoch from rolvaliduntil - now())::int as seconds from pg_roles where rolname = '${first.as.user}'`,
      );
      expect(seconds).toBeGreaterThan(590);
      expect(seconds).toBeLessThanOrEqual(606);

      await revoke(first.lease_id);
      await expect(sql('select 1', database, first.as)).rejects.toThrow('password authentication failed');
      expect(await isRole(first.as.user)).toBe(false);
      expect(await sql('select id from sample', database, second.as)).toEqual([{ id: 7 }]);

      expect(shown(await run.undo(made))).toEqual([
        'remove done vault_database_role database/roles/team-reader',
      ]);
      await expect(issued('team-reader')).rejects.toThrow('400');
      // as the step type says: what was issued ends by itself
      expect(await sql('select id from sample', database, second.as)).toEqual([{ id: 7 }]);
      await revoke(second.lease_id);
      expect(await isRole(second.as.user)).toBe(false);
    });

    it('make what belongs to the role: it outlives them, and others go on with it', async () => {
      await step({ role: 'team-maker', member_of: 'logins_maker' }).apply();
      const [first, second] = [await issued('team-maker'), await issued('team-maker')];
      await sql('create table made (id int); insert into made values (1)', database, first.as);
      // a login may put that off
      await sql('set role none; create table own (id int)', database, first.as);
      const open = new Client({
        ...{ host: '127.0.0.1', port: bench.server.port, database },
        ...{ user: first.as.user, password: first.as.password },
      });
      const ended = new Promise((resolve) => open.on('error', resolve));
      await open.connect();
      await revoke(first.lease_id);
      expect(await ended).toMatchObject({ message: expect.stringContaining('terminat') });
      expect(await isRole(first.as.user)).toBe(false);
      await sql('alter table made add column name text; insert into made values (2)', database, second.as);
      expect(await sql('select id from made', database, second.as)).toEqual([{ id: 1 }, { id: 2 }]);
      expect(await sql('select id from own', database, second.as)).toEqual([]);
      await sql(`drop role "${second.as.user}"`);
      // one that somebody has dropped is no failure
      await revoke(second.lease_id);
    });
  });
}
