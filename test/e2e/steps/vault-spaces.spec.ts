import { VAULT_SPACE } from '../../../src/documents/step-types/types/vault.js';
import { VaultSpaceKind } from '../../../src/steps/vault/vault-things.kind.js';
import type { Targets } from '../../../src/targets/targets.js';
import { MORE_POLICY, type OpenBao, startOpenBao } from '../../support/servers/openbao.js';
import { START_MS } from '../../support/service/stack.js';
import { secretFile, shown, StepRun, targetsWith } from '../../support/workflows/steps.js';

const ROLE = 'auth/kubernetes/role/team-pods';
const LOGIN = { method: 'kubernetes', role: 'team-pods' };
const BOUND = { service_accounts: ['loader', 'report.v2'], namespaces: ['field', 'field-test'] };

describe('a space of the vault for programs in Kubernetes', () => {
  let bao: OpenBao;
  let targets: Targets;
  beforeAll(async () => {
    bao = await startOpenBao();
    await bao.call('POST', 'sys/auth/kubernetes', { type: 'kubernetes' });
    const token_file = secretFile(await bao.tokenWith(MORE_POLICY));
    targets = targetsWith([
      { name: 'main', kind: 'vault', address: bao.address, token_file, teams: ['field'] },
    ]);
  }, START_MS);
  afterAll(async () => {
    targets?.onApplicationShutdown();
    await bao?.stop();
  });

  const step = (login: object, more: object = {}) =>
    new StepRun(new VaultSpaceKind(targets), VAULT_SPACE, {
      ...{ path: 'teams/field', policy: 'team-pods', login, ...more },
    });
  const role = async () => (await bao.call('GET', ROLE))?.data;

  it('has a role that is bound to service accounts and namespaces, as the vault keeps it', async () => {
    const run = step({ ...LOGIN, ...BOUND });
    expect(await run.plan()).toEqual([
      'create_vault_policy vault main: team-pods',
      `create_vault_login_role vault main: ${ROLE}`,
    ]);
    const made = await run.apply();
    expect(made.outputs).toEqual({
      ...{ path: 'teams/field', mount: 'secret', policy: 'team-pods', role: 'team-pods' },
    });
    expect(await role()).toMatchObject({
      ...{ bound_service_account_names: BOUND.service_accounts },
      ...{ bound_service_account_namespaces: BOUND.namespaces, token_policies: ['team-pods'] },
    });
    expect(await run.plan()).toEqual([]);
    expect(shown(await step({ ...LOGIN, ...BOUND }).apply())).toEqual([
      'create unchanged vault_policy team-pods',
      `create unchanged vault_login_role ${ROLE}`,
    ]);

    const wider = step({ ...LOGIN, ...BOUND, service_accounts: ['*'] });
    expect(await wider.plan()).toEqual([`change_vault_login_role vault main: ${ROLE}`]);
    expect(shown(await run.undo(made))).toEqual([
      `remove done vault_login_role ${ROLE}`,
      'remove done vault_policy team-pods',
    ]);
    expect(await role()).toBeUndefined();
  });

  it('keeps a role that somebody has changed, and what an administrator set beside it', async () => {
    const run = step({ ...LOGIN, ...BOUND });
    const made = await run.apply();
    await bao.call('POST', ROLE, { ...(await role()), audience: 'vault', token_ttl: 600 });
    expect(await run.plan()).toEqual([]);
    expect(await role()).toMatchObject({ audience: 'vault', token_ttl: 600 });
    await bao.call('POST', ROLE, { ...(await role()), bound_service_account_namespaces: ['others'] });
    expect(await run.plan()).toEqual([`change_vault_login_role vault main: ${ROLE}`]);
    expect(shown(await run.undo(made))).toEqual([
      `remove skipped vault_login_role ${ROLE} (somebody has changed it)`,
      'remove done vault_policy team-pods',
    ]);
  });

  it('may be one secret alone, and its role may ask for tokens that are made for the vault', async () => {
    const exact = { exact: true, policy: 'team-exact' };
    const run = step({ ...LOGIN, ...BOUND, role: 'team-exact', audience: 'vault' }, exact);
    const made = await run.apply();
    const { policy } = (await bao.call('GET', 'sys/policies/acl/team-exact')).data;
    expect(JSON.parse(policy)).toEqual({
      path: {
        'secret/data/teams/field': { capabilities: ['read'] },
        'secret/metadata/teams/field': { capabilities: ['read'] },
      },
    });
    expect((await bao.call('GET', 'auth/kubernetes/role/team-exact')).data).toMatchObject({
      audience: 'vault',
    });
    expect(await run.plan()).toEqual([]);
    expect(shown(await run.undo(made))).toEqual([
      'remove done vault_login_role auth/kubernetes/role/team-exact',
      'remove done vault_policy team-exact',
    ]);
    const names = (exact: boolean) => VAULT_SPACE.touches({ path: 'teams/field', policy: 'x', exact });
    expect([names(true)[0], names(false)[0]]).toEqual([
      { kind: 'vault_path', name: 'teams/field' },
      { kind: 'vault_path', name: 'teams/field/' },
    ]);
  });

  it.each([
    ['no service accounts', { namespaces: ['field'] }],
    ['no namespaces', { service_accounts: ['loader'], namespaces: [] }],
  ])('with %s is refused: it would be open to all', async (_, bound) => {
    await expect(step({ ...LOGIN, ...bound }).apply()).rejects.toMatchObject({
      code: 'unprocessable',
      extra: {
        errors: [{ field: 'login', rule: expect.stringMatching(/^kubernetes needs service_accounts/) }],
      },
    });
  });

  it.each([
    ['service_accounts.0', { ...BOUND, service_accounts: ['loader,admin'] }],
    ['namespaces.0', { ...BOUND, namespaces: ['*'] }],
    ['namespaces.0', { ...BOUND, namespaces: ['field*'] }],
    ['role', { ...BOUND, role: '../../sys' }],
    ['mount', { ...BOUND, mount: 'a/b' }],
    ['method', { ...BOUND, method: 'token' }],
    ['audience', { ...BOUND, audience: 'a b' }],
  ])('with a wrong %s is refused, and nothing is made', (field, more) => {
    expect(() => step({ ...LOGIN, ...more })).toThrow(field);
  });

  it('is refused where the method is not mounted, and nothing is made', async () => {
    const lost = { policy: 'team-lost' };
    const foreign = step({ ...LOGIN, ...BOUND, mount: 'not-there' }, lost);
    await foreign.expectRefused('permission denied for the token of this service');
    const run = step({ method: 'approle', role: 'team-lost' }, lost);
    await run.expectRefused('no engine or login method is mounted there');
    expect((await bao.call('LIST', 'sys/policies/acl')).data.keys).not.toContain('team-lost');
  });
});
