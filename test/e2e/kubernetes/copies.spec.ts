import { SECRET_COPY } from '../../../src/documents/step-types/types/secrets.js';
import { SecretCopyKind } from '../../../src/steps/deliver/copy.kind.js';
import { Deliveries } from '../../../src/steps/deliver/deliver.js';
import type { Targets } from '../../../src/targets/targets.js';
import {
  hasKubernetes,
  type Kubernetes,
  KUBERNETES_START_MS,
  workerKubernetes,
} from '../../support/kubernetes/server.js';
import { COPY_POLICY, type OpenBao, startOpenBao } from '../../support/servers/openbao.js';
import { secretFile, shown, StepRun, targetsWith } from '../../support/workflows/steps.js';

const LOGIN = { username: 'puller', password: 'pull-secret-4711' };
const KEYS = { username: 'username', password: 'password' };
const PATH = 'teams/field/registry';
const decoded = (data: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );

(hasKubernetes() ? describe : describe.skip)('secrets that are copied', () => {
  let kubernetes: Kubernetes;
  let bao: OpenBao;
  let targets: Targets;
  let namespace: string;

  beforeAll(async () => {
    [kubernetes, bao] = await Promise.all([workerKubernetes(), startOpenBao()]);
    namespace = await kubernetes.namespace('field');
    const token_file = secretFile(await bao.tokenWith(COPY_POLICY));
    const vault = { name: 'main', kind: 'vault', address: bao.address, token_file, teams: ['field'] };
    targets = targetsWith([kubernetes.target(), vault]);
    await bao.call('POST', `secret/data/${PATH}`, { data: LOGIN });
  }, KUBERNETES_START_MS);
  afterAll(async () => {
    targets?.onApplicationShutdown();
    await bao?.stop();
  });

  const pathOf = (name: string) => `/api/v1/namespaces/${namespace}/secrets/${name}`;
  const copy = (from: object, deliver: object, more: object = {}) =>
    new StepRun(new SecretCopyKind(targets, new Deliveries(targets)), SECRET_COPY, {
      from,
      deliver,
      ...more,
    });
  const pull = (name: string, keys: object = KEYS) =>
    copy(
      { vault: { path: PATH, keys } },
      { kubernetes: { namespace, name, registry: 'registry.example.org' } },
    );
  const operator = (name: string, data: object, more: object = {}) =>
    kubernetes.apply('operator', pathOf(name), {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: data, ...more },
    });
  const login = (name: string, path: string, values: object = {}) =>
    copy({ kubernetes: { namespace, name, keys: KEYS } }, { vault: { path } }, { values });

  it('the login of a registry becomes a Secret that pulls images, once for each version', async () => {
    const run = pull('registry');
    expect(await run.plan()).toEqual([`write_secret kubernetes cluster: Secret ${namespace}/registry`]);
    const made = await run.apply();
    expect(JSON.stringify(made)).not.toContain(LOGIN.password);
    expect(made.outputs.delivered.kubernetes).toMatchObject({
      name: 'registry',
      keys: ['.dockerconfigjson'],
    });
    const { type, data, metadata } = await kubernetes.read(pathOf('registry'));
    expect([type, JSON.parse(decoded(data)['.dockerconfigjson'] ?? '')]).toEqual([
      'kubernetes.io/dockerconfigjson',
      { auths: { 'registry.example.org': { ...LOGIN, auth: btoa(`${LOGIN.username}:${LOGIN.password}`) } } },
    ]);
    expect(JSON.stringify(metadata)).not.toContain(LOGIN.password);
    expect(await run.plan()).toEqual([]);
    expect(shown(await pull('registry').apply())).toEqual([
      `change unchanged kubernetes_secret ${namespace}/registry`,
    ]);
    await bao.call('POST', `secret/data/${PATH}`, { data: { ...LOGIN, password: 'next-secret-4711' } });
    const next = pull('registry');
    expect((await next.plan()).length).toBe(1);
    expect(shown(await next.apply())).toEqual([`change done kubernetes_secret ${namespace}/registry`]);
    expect(JSON.stringify(decoded((await kubernetes.read(pathOf('registry'))).data))).toContain(
      'next-secret',
    );
    expect(shown(await run.undo(made))).toEqual([
      `remove skipped kubernetes_secret ${namespace}/registry (it has newer values)`,
    ]);
  });

  it('its undo removes it, and the source stays', async () => {
    const run = pull('taken-back');
    const made = await run.apply();
    expect(shown(await run.undo(made))).toEqual([`remove done kubernetes_secret ${namespace}/taken-back`]);
    expect(await kubernetes.read(pathOf('taken-back'))).toBeUndefined();
    expect(await bao.secret(PATH)).toMatchObject({ username: 'puller' });
  });

  it('what an operator made goes to the vault, with what is not secret, again after it has changed', async () => {
    await operator('database', LOGIN);
    const path = 'teams/field/databases/one';
    const run = login('database', path, { host: 'one.field.svc', port: '5432' });
    expect(await run.plan()).toEqual([`write_secret vault main: ${path}`]);
    const made = await run.apply();
    expect(JSON.stringify(made)).not.toContain(LOGIN.password);
    expect(await bao.secret(path)).toEqual({ ...LOGIN, host: 'one.field.svc', port: '5432' });
    expect([await run.plan(), shown(await run.apply())]).toEqual([[], [`create done vault_secret ${path}`]]);
    // somebody writes the copy: it is made again
    await bao.call('POST', `secret/data/${path}`, { data: { ...LOGIN, host: 'x', port: '1' } });
    expect((await run.plan()).length).toBe(1);
    await operator('database', { ...LOGIN, password: 'rotated-secret-4711' });
    const again = login('database', path, { host: 'one.field.svc', port: '5432' });
    const second = await again.apply();
    expect(await bao.secret(path)).toMatchObject({ password: 'rotated-secret-4711', port: '5432' });
    expect(shown(await run.undo(made))).toEqual([
      `remove skipped vault_secret ${path} (it has a newer version)`,
    ]);
    expect(shown(await again.undo(second))).toEqual([
      `remove skipped vault_secret ${path} (what was there before cannot be brought back)`,
    ]);
  });

  it('what is not there, or no text, is told without a value', async () => {
    await expect(login('nobody-made-it', 'teams/field/x').apply()).rejects.toMatchObject({
      code: 'target_unavailable',
      message: `The Kubernetes cluster has no Secret ${namespace}/nobody-made-it yet`,
    });
    expect(await login('nobody-made-it', 'teams/field/x').plan()).toHaveLength(1);
    await operator('half', { username: 'a' });
    await expect(login('half', 'teams/field/x').apply()).rejects.toThrow('no text under the key password');
    await kubernetes.apply('operator', pathOf('bytes'), {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'bytes' } },
      data: { username: 'YQ==', password: Buffer.from([0xff, 0xfe]).toString('base64') },
    });
    await expect(login('bytes', 'teams/field/x').apply()).rejects.toThrow('no text under the key password');
    const lost = copy(
      { vault: { path: 'teams/nobody/registry', keys: KEYS } },
      { vault: { path: 'teams/field/x' } },
    );
    await lost.expectRefused('The vault main has no secret at teams/nobody/registry');
    // a step before may make it
    const thing = { kind: 'vault_secret', name: 'teams/nobody/registry of main', there: true } as const;
    expect(await lost.plan([thing])).toEqual(['write_secret vault main: teams/field/x']);
    expect(await bao.secret('teams/field/x')).toBeUndefined();
  });

  it('a Secret of another type, and a login without its parts, are refused', async () => {
    await operator('opaque', { a: 'b' });
    await expect(pull('opaque').apply()).rejects.toThrow('is of the type Opaque');
    await pull('parts', { username: 'username' }).expectRefused('registry needs the part password');
    const values = { password: 'x' };
    await expect(
      copy(
        { vault: { path: PATH, keys: KEYS } },
        { vault: { path: 'teams/field/x' } },
        { values },
      ).validate(),
    ).rejects.toThrow('the part password comes from the secret');
  });

  it('the token of the service reads the paths that its policy names, and no other', async () => {
    await bao.call('POST', 'secret/data/teams/field/other', { data: LOGIN });
    const other = copy(
      { vault: { path: 'teams/field/other', keys: KEYS } },
      { vault: { path: 'teams/field/x' } },
    );
    await expect(other.apply()).rejects.toMatchObject({
      code: 'target_refused',
      message: expect.stringContaining('permission denied'),
    });
  });

  it('touches the names of both places', () => {
    const input = {
      from: { kubernetes: { namespace: 'field', name: 'a', keys: KEYS } },
      deliver: { vault: { path: 'teams/field/a' } },
    };
    expect(SECRET_COPY.touches(input)).toEqual([
      { kind: 'namespace', name: 'field' },
      { kind: 'kubernetes_kind', name: 'Secret' },
      { kind: 'vault_path', name: 'teams/field/a' },
    ]);
  });
});
