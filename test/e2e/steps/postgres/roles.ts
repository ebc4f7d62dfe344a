import { Deliveries } from '../../../../src/steps/deliver/deliver.js';
import { shown } from '../../../support/workflows/steps.js';
import { newName, type PostgresBench } from './bench.js';

/** Step type `postgres_role`. */
export function roles(bench: PostgresBench): void {
  const { sql, roleStep, loginStep, loginAt } = bench;

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

      expect(bench.secrets.findIn('the result', JSON.stringify([made, again]))).toEqual([]);
      expect(shown(await run.undo(made))).toEqual([
        `revoke done role_membership ${group}`.replace('revoke', 'remove'),
        `remove done role ${role}`,
        `remove done vault_secret ${path}`,
      ]);
      expect(await bench.bao.secret(path)).toBeUndefined();
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
      await bench.bao.seal();
      await expect(run.apply()).rejects.toMatchObject({ code: 'target_unavailable' });
      expect(await sql(`select from pg_roles where rolname = '${role}'`)).toEqual([]);
      await bench.bao.unseal();
      await run.apply();
      expect(await sql('select 1 as one', 'postgres', await loginAt(path))).toEqual([{ one: 1 }]);
    });

    it('gets a new password when the attempt before was cut off after the delivery', async () => {
      const [role, path] = [newName('cut'), `teams/field/${newName('p')}`];
      const run = loginStep(role, path);
      const deliveries = new Deliveries(bench.targets);
      const dead = { vault: { target: 'main', path, mode: 'merge' as const } };
      const parts = { username: role, password: 'of the attempt that died', host: 'h', port: '1' };
      await deliveries.deliver(dead, parts, { provisionId: run.provisionId, team: 'field' });
      const made = await run.apply();
      const login = await loginAt(path);
      expect(login.password).not.toBe(parts.password);
      expect(await sql('select 1 as one', 'postgres', login)).toEqual([{ one: 1 }]);
      const { versions } = (await bench.bao.call('GET', `secret/metadata/${path}`)).data;
      expect(versions[1].destroyed).toBe(true);
      await run.undo(made);
      expect(await bench.bao.secret(path)).toBeUndefined();
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
      await loginStep(role, `teams/field/${newName('p')}`).expectRefused('set rotate');
    });

    it('that owns a database is dropped after it, and not before', async () => {
      const [role, database] = [newName('owner'), newName('owned')];
      await roleStep({ role }).apply();
      await bench.databaseStep({ database, owner: role }).apply();
      const drop = roleStep({ role, state: 'absent' });
      await drop.expectRefused(`The role ${role} stays: it owns something, or has rights somewhere`);
      const gone = { kind: 'database', name: `${database} of db`, there: false } as const;
      expect(await drop.plan([gone])).toEqual([`drop_role postgres db: role ${role}`]);
      await bench.databaseStep({ database, state: 'absent' }).apply();
      expect(shown(await drop.apply())).toEqual([`remove done role ${role}`]);
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
      await roleStep({ role, member_of: [group] }).expectRefused(rule);
      expect(await sql(`select from pg_roles where rolname = '${role}'`)).toEqual([]);
    });
  });
}
