import { randomBytes } from 'node:crypto';
import {
  VAULT_DATABASE_ROLE,
  VAULT_POLICY,
  VAULT_SECRET,
  VAULT_SPACE,
} from '../../../src/documents/step-types/types/vault.js';
import { Deliveries } from '../../../src/steps/deliver/deliver.js';
import { VaultSecretKind } from '../../../src/steps/vault/vault-secret.kind.js';
import {
  VaultDatabaseRoleKind,
  VaultPolicyKind,
  VaultSpaceKind,
} from '../../../src/steps/vault/vault-things.kind.js';
import type { Targets } from '../../../src/targets/targets.js';
import { LEAST_POLICY, MORE_POLICY, type OpenBao, startOpenBao } from '../../support/servers/openbao.js';
import { START_MS } from '../../support/service/stack.js';
import { secretFile, shown, StepRun, targetsWith } from '../../support/workflows/steps.js';

let bao: OpenBao;
let targets: Targets;
const targetOf = (name: string, token: string) => ({
  ...{ name, kind: 'vault', address: bao.address, token_file: secretFile(token), teams: ['field'] },
});

beforeAll(async () => {
  bao = await startOpenBao();
  const withoutPatch = LEAST_POLICY.replace(', "patch"', '');
  targets = targetsWith([
    targetOf('main', await bao.tokenWith(LEAST_POLICY)),
    targetOf('strict', await bao.tokenWith(withoutPatch)),
    targetOf('admin', await bao.tokenWith(MORE_POLICY)),
    targetOf('wrong', 'not-a-token-of-this-vault'),
  ]);
}, START_MS);
afterAll(async () => {
  targets.onApplicationShutdown();
  await bao.stop();
});

const newPath = () => `teams/field/${randomBytes(4).toString('hex')}`;
const secretStep = (input: object) =>
  new StepRun(new VaultSecretKind(targets, new Deliveries(targets)), VAULT_SECRET, {
    target: 'main',
    ...input,
  });

describe('a secret in the vault', () => {
  it('is generated once, by a token that cannot read it, and taken back', async () => {
    const path = newPath();
    const input = {
      path,
      generate: { PASSWORD: {}, PIN: { length: 8, alphabet: 'digits' } },
      values: { USER: 'loader' },
    };
    const run = secretStep(input);
    expect(await run.plan()).toEqual([`write_secret vault main: ${path}`]);
    const made = await run.apply();
    expect(shown(made)).toEqual([`create done vault_secret ${path}`]);
    expect(made.outputs).toEqual({ path, version: 1, keys: ['PASSWORD', 'PIN', 'USER'] });
    const secret = await bao.secret(path);
    expect(secret).toEqual({
      PASSWORD: expect.stringMatching(/^[A-Za-z0-9]{32}$/),
      PIN: expect.stringMatching(/^\d{8}$/),
      USER: 'loader',
    });
    expect(JSON.stringify(made)).not.toContain(secret?.['PASSWORD']);

    expect(await run.plan()).toEqual([]);
    const again = await secretStep(input).apply();
    expect(shown(again)).toEqual([`change unchanged vault_secret ${path}`]);
    expect(again.outputs.version).toBe(1);
    expect(await bao.secret(path)).toEqual(secret);

    expect(shown(await run.undo(made))).toEqual([`remove done vault_secret ${path}`]);
    expect(await bao.secret(path)).toBeUndefined();
    expect(shown(await run.undo(made))).toEqual([`remove done vault_secret ${path}`]);
    expect((await secretStep(input).apply()).outputs.version).toBe(2);
  });

  it('of an attempt that did not get to its end is found by the next one, not made again', async () => {
    const run = secretStep({ path: newPath(), generate: { A: {} } });
    await run.apply();
    const { outputs, ...repeated } = await run.apply();
    expect([outputs.version, shown(repeated)]).toEqual([1, [`create done vault_secret ${outputs.path}`]]);
    await run.undo(repeated);
    expect(await bao.secret(outputs.path)).toBeUndefined();
  });

  it('keeps the keys of others, and takes back only its own', async () => {
    const path = newPath();
    await bao.call('POST', `secret/data/${path}`, { data: { THEIRS: 'x', A: 'old' } });
    const run = secretStep({ path, generate: { A: {}, B: {} } });
    const made = await run.apply();
    const { THEIRS, A, B } = (await bao.secret(path)) ?? {};
    expect([THEIRS, A, B]).toEqual(['x', 'old', expect.stringMatching(/^\w{32}$/)]);
    expect(shown(await run.undo(made))).toEqual([`remove done vault_secret ${path}`]);
    expect(await bao.secret(path)).toEqual({ THEIRS: 'x', A: 'old' });
    const { versions } = (await bao.call('GET', `secret/metadata/${path}`)).data;
    expect([versions[1].destroyed, versions[2].destroyed, versions[3].destroyed]).toEqual([
      false,
      true,
      false,
    ]);
    expect(shown(await run.undo(made))).toEqual([`remove done vault_secret ${path}`]);
    expect(await bao.secret(path)).toEqual({ THEIRS: 'x', A: 'old' });
  });

  it('with a newer version stays', async () => {
    const path = newPath();
    const run = secretStep({ path, generate: { A: {} } });
    const made = await run.apply();
    await bao.call('POST', `secret/data/${path}`, { data: { A: 'set by hand' } });
    expect(shown(await run.undo(made))).toEqual([
      `remove skipped vault_secret ${path} (it has a newer version)`,
    ]);
    expect(await bao.secret(path)).toEqual({ A: 'set by hand' });
  });

  it('is rotated when asked; what was there before cannot be brought back, so it stays', async () => {
    const path = newPath();
    await secretStep({ path, generate: { A: {} } }).apply();
    const before = await bao.secret(path);
    const run = secretStep({ path, generate: { A: {} }, rotate: true });
    expect(await run.plan()).toHaveLength(1);
    const made = await run.apply();
    expect(shown(made)).toEqual([`change done vault_secret ${path}`]);
    expect((await bao.secret(path))?.['A']).not.toBe(before?.['A']);
    expect(shown(await run.undo(made))[0]).toContain('skipped');
    expect(await bao.secret(path)).toBeDefined();
  });

  it('follows a change of a value that is not secret, and replaces all keys when asked', async () => {
    const path = newPath();
    await secretStep({ path, generate: { A: {} }, values: { USER: 'one' } }).apply();
    const changed = secretStep({ path, generate: { A: {} }, values: { USER: 'two' } });
    expect(await changed.plan()).toHaveLength(1);
    await changed.apply();
    expect((await bao.secret(path))?.['USER']).toBe('two');
    expect(await changed.plan()).toEqual([]);
    await secretStep({ path, generate: { B: {} }, mode: 'replace' }).apply();
    expect(Object.keys((await bao.secret(path)) ?? {})).toEqual(['B']);
  });

  it('is not merged without the right to patch: the refusal is final, and nothing is written', async () => {
    const path = newPath();
    await bao.call('POST', `secret/data/${path}`, { data: { THEIRS: 'x' } });
    const run = secretStep({ target: 'strict', path, generate: { A: {} } });
    await expect(run.apply()).rejects.toMatchObject({
      code: 'target_refused',
      status: 409,
      message: expect.stringContaining('adding keys to a secret'),
    });
    expect(await bao.secret(path)).toEqual({ THEIRS: 'x' });
  });

  it('written by two at once is written once by each', async () => {
    const path = newPath();
    const runs = ['A', 'B', 'C'].map((key) => secretStep({ path, generate: { [key]: {} } }));
    await Promise.all(runs.map((run) => run.apply()));
    expect(Object.keys((await bao.secret(path)) ?? {}).sort()).toEqual(['A', 'B', 'C']);
  });

  it.each([
    ['a wrong token', { target: 'wrong' }, 'permission denied for the token of this service'],
    ['a path outside of its rights', { path: 'others/x' }, 'permission denied'],
  ])('is refused for good with %s, and no token is in the message', async (_, more, message) => {
    const failure = await secretStep({ path: newPath(), generate: { A: {} }, ...more })
      .apply()
      .then(
        () => undefined,
        (error: Error) => error,
      );
    expect(failure).toMatchObject({ code: 'target_refused', message: expect.stringContaining(message) });
    expect(failure?.message).not.toContain('not-a-token');
  });

  it.each([
    ['no key', {}, 'name at least one key'],
    ['a key twice', { generate: { A: {} }, values: { A: 'x' } }, 'a key is either generated or given'],
    ['a path with dots', { path: 'a/../b', generate: { A: {} } }, 'input.path'],
    ['an unknown field', { generate: { A: { size: 3 } } }, 'input.generate.A.size: is not a known field'],
    ['a target of another team', { target: 'theirs', generate: { A: {} } }, 'must be one of'],
  ])('is refused with %s', async (_, input, rule) => {
    const run = async () => secretStep({ path: newPath(), ...input }).validate();
    await expect(run()).rejects.toThrow(rule);
  });

  it('waits for a vault that is sealed', async () => {
    const run = secretStep({ path: newPath(), generate: { A: {} } });
    await bao.seal();
    await expect(run.apply()).rejects.toMatchObject({ code: 'target_unavailable', status: 503 });
    await bao.unseal();
    expect((await run.apply()).outputs.version).toBe(1);
  });

  it('waits for a vault that nobody can reach', async () => {
    const away = targetsWith([{ ...targetOf('gone', 'a-token-nobody-sees'), address: 'http://127.0.0.1:9' }]);
    const run = new StepRun(new VaultSecretKind(away, new Deliveries(away)), VAULT_SECRET, {
      path: newPath(),
      generate: { A: {} },
    });
    const failure = await run.apply().then(
      () => undefined,
      (error: Error) => error,
    );
    expect(failure).toMatchObject({ code: 'target_unavailable' });
    expect(JSON.stringify([failure, failure?.message])).not.toContain('a-token-nobody-sees');
  });
});

describe('policies and roles of the vault', () => {
  const policyStep = (input: object) =>
    new StepRun(new VaultPolicyKind(targets), VAULT_POLICY, { target: 'admin', ...input });

  it('are made, found, and taken back', async () => {
    const input = { policy: 'team-a', rules: [{ path: 'secret/data/teams/a/*', capabilities: ['read'] }] };
    const run = policyStep(input);
    expect(await run.plan()).toEqual(['create_vault_policy vault admin: team-a']);
    const made = await run.apply();
    expect(shown(made)).toEqual(['create done vault_policy team-a']);
    expect(await run.plan()).toEqual([]);
    expect(shown(await policyStep(input).apply())).toEqual(['create unchanged vault_policy team-a']);
    const token = await bao.call('POST', 'auth/token/create', { policies: ['team-a'] });
    await bao.call('POST', 'secret/data/teams/a/x', { data: { A: '1' } });
    const reading = await fetch(`${bao.address}/v1/secret/data/teams/a/x`, {
      headers: { 'x-vault-token': token.auth.client_token },
    });
    expect(reading.status).toBe(200);
    expect(shown(await run.undo(made))).toEqual(['remove done vault_policy team-a']);
    expect(await run.plan()).toHaveLength(1);
  });

  it('that existed are changed, and stay; one that somebody has changed stays, too', async () => {
    await bao.call('PUT', 'sys/policies/acl/team-b', { policy: 'path "x" { capabilities = ["read"] }' });
    const input = {
      policy: 'team-b',
      rules: [{ path: 'secret/data/teams/b/*', capabilities: ['read', 'update'] }],
    };
    const changed = policyStep(input);
    expect(await changed.plan()).toEqual(['change_vault_policy vault admin: team-b']);
    const made = await changed.apply();
    expect(shown(await changed.undo(made))).toEqual([
      'remove skipped vault_policy team-b (it was there before)',
    ]);

    const run = policyStep({ ...input, policy: 'team-c' });
    const created = await run.apply();
    await bao.call('PUT', 'sys/policies/acl/team-c', { policy: 'path "y" { capabilities = ["read"] }' });
    expect(shown(await run.undo(created))).toEqual([
      'remove skipped vault_policy team-c (somebody has changed it)',
    ]);
  });

  it('give a team a space that its programs log in to', async () => {
    await bao.call('POST', 'sys/auth/approle', { type: 'approle' });
    const run = new StepRun(new VaultSpaceKind(targets), VAULT_SPACE, {
      ...{ target: 'admin', path: 'teams/space', policy: 'team-space', access: 'write' },
      login: { method: 'approle', role: 'team-space' },
    });
    const made = await run.apply();
    expect(shown(made)).toEqual([
      'create done vault_policy team-space',
      'create done vault_login_role auth/approle/role/team-space',
    ]);
    expect(await run.plan()).toEqual([]);
    const role_id = (await bao.call('GET', 'auth/approle/role/team-space/role-id')).data.role_id;
    const secret_id = (await bao.call('POST', 'auth/approle/role/team-space/secret-id')).data.secret_id;

    // the service logs in with such a role, too
    const own = targetsWith([
      {
        ...{ name: 'own', kind: 'vault', address: bao.address, teams: 'all' },
        ...{ role_id, secret_id_file: secretFile(secret_id) },
      },
    ]);
    const inside = new StepRun(new VaultSecretKind(own, new Deliveries(own)), VAULT_SECRET, {
      path: 'teams/space/x',
      values: { A: '1' },
    });
    // its policy gives no right to notes: a service needs more than a team's programs
    await expect(inside.apply()).rejects.toMatchObject({
      message: expect.stringContaining('writing metadata'),
    });
    expect(shown(await run.undo(made))).toEqual([
      'remove done vault_login_role auth/approle/role/team-space',
      'remove done vault_policy team-space',
    ]);
  });

  it('issue short-lived logins of PostgreSQL; without a wrong combination', async () => {
    await bao.call('POST', 'sys/mounts/database', { type: 'database' });
    const input = { target: 'admin', role: 'team-db', connection: 'products', member_of: 'field_reader' };
    const step = (more: object) =>
      new StepRun(new VaultDatabaseRoleKind(targets), VAULT_DATABASE_ROLE, { ...input, ...more });
    const run = step({});
    const made = await run.apply();
    expect(made.outputs).toEqual({ path: 'database/creds/team-db' });
    expect(await run.plan()).toEqual([]);
    expect(await step({ ttl_seconds: 600 }).plan()).toEqual([
      'change_vault_database_role vault admin: database/roles/team-db',
    ]);
    await expect(step({ ttl_seconds: 86_401 }).validate()).rejects.toThrow(
      'must not be greater than max_ttl_seconds',
    );
    expect(shown(await run.undo(made))).toEqual(['remove done vault_database_role database/roles/team-db']);
    expect(await run.plan()).toHaveLength(1);
  });
});
