import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AppConfig } from '../../src/config/app-config.js';
import { type TargetConfig, targetsOf } from '../../src/config/targets.js';
import { Problem } from '../../src/common/problems/problem.js';
import { Credential } from '../../src/targets/credential.js';
import { Targets } from '../../src/targets/targets.js';
import { tempDir } from '../support/service/temp.js';

const HIDDEN = 'hunter2-never-to-be-seen';
const VAULT = { name: 'v', kind: 'vault', address: 'http://127.0.0.1:1', token_env: 'TOKEN', teams: 'all' };
const CLUSTER = { name: 'k', kind: 'kubernetes', url: 'https://k:6443/', token_env: 'TOKEN', teams: 'all' };
const FORGE = {
  ...{
    name: 'f',
    kind: 'git',
    api: 'gitea',
    url: 'https://git.example.org/',
    owner: 'teams',
    token_env: 'TOKEN',
  },
  teams: 'all',
};
const POSTGRES = { name: 'p', kind: 'postgres', url: 'postgresql://u@h/d', teams: ['blue'] };

function file(content: string | object): string {
  const path = join(tempDir('targets'), 'targets.yaml');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function read(content: string | object): { targets: TargetConfig[]; problems: string[] } {
  const problems: string[] = [];
  const targets = targetsOf(file(content), { TOKEN: HIDDEN }, problems);
  return { targets, problems };
}

describe('TARGETS_FILE', () => {
  it('is YAML or JSON, and its secrets are elsewhere', () => {
    const secret = file(`${HIDDEN}\n`);
    const yaml = `targets:
  - {name: main, kind: vault, address: "https://v:8200/", mount: kv/x, namespace: a, role_id: r, secret_id_file: ${secret}, teams: [blue, red]}`;
    expect(read(yaml)).toEqual({
      problems: [],
      targets: [
        {
          ...{ name: 'main', kind: 'vault', address: 'https://v:8200', mount: 'kv/x', namespace: 'a' },
          ...{ login: { roleId: 'r', secretId: { file: secret } }, teams: ['blue', 'red'] },
        },
      ],
    });
    const { targets, problems } = read({ targets: [VAULT, POSTGRES] });
    expect(problems).toEqual([]);
    expect(targets.map(({ kind }) => kind)).toEqual(['vault', 'postgres']);
    expect(JSON.stringify(targets)).not.toContain(HIDDEN);
    const [vault] = targets;
    if (vault?.kind !== 'vault' || !('token' in vault.login)) throw new Error('no token');
    expect(new Credential(vault.login.token).current().reveal()).toBe(HIDDEN);
  });

  it.each([
    ['a broken file', 'targets: [', 'must be YAML or JSON'],
    ['no list', {}, 'targets must be set'],
    ['no kind', { targets: [{ name: 'a' }] }, 'targets[0].kind must be set'],
    [
      'a kind that is none',
      { targets: [{ kind: 'mysql' }] },
      'targets[0].kind must be one of vault, postgres, http, kubernetes, git',
    ],
    [
      'a secret in the file',
      { targets: [{ ...VAULT, token: HIDDEN }] },
      'targets[0].token is not a known field',
    ],
    [
      'a password in an address',
      { targets: [{ ...POSTGRES, url: `postgresql://u:${HIDDEN}@h/d` }] },
      'targets[0].url must not contain',
    ],
    [
      'an address with a path',
      { targets: [{ ...VAULT, address: 'http://v/v1' }] },
      'targets[0].address must be http(s)://host:port',
    ],
    [
      'no credentials',
      { targets: [{ ...VAULT, token_env: undefined }] },
      'targets[0].token_file or token_env must be set',
    ],
    [
      'a variable that is not set',
      { targets: [{ ...VAULT, token_env: 'NONE' }] },
      'targets[0].token_env must name',
    ],
    [
      'a file that is not there',
      { targets: [{ ...POSTGRES, password_file: '/none' }] },
      'targets[0].password_file must name',
    ],
    [
      'teams of a wrong form',
      { targets: [{ ...VAULT, teams: 'blue' }] },
      'targets[0].teams must be all, or a list',
    ],
    ['Kubernetes without https', { targets: [{ ...CLUSTER, url: 'http://k' }] }, 'targets[0].url must be'],
    [
      'Kubernetes without a token',
      { targets: [{ ...CLUSTER, token_env: undefined }] },
      'targets[0].token_file or token_env must be set',
    ],
    [
      'certificates that are none',
      { targets: [{ ...CLUSTER, ca_file: file('no certificate') }] },
      'targets[0].ca_file must name',
    ],
    [
      'a forge whose API is not known',
      { targets: [{ ...FORGE, api: 'github' }] },
      'targets[0].api must be gitea: this release does not know the API of another forge',
    ],
    [
      'a forge without an owner',
      { targets: [{ ...FORGE, owner: 'a/b' }] },
      'targets[0].owner must be the name',
    ],
    [
      'a forge without a token',
      { targets: [{ ...FORGE, token_env: undefined }] },
      'targets[0].token_file or token_env must be set',
    ],
    [
      'a password in the address of a forge',
      { targets: [{ ...FORGE, url: `https://u:${HIDDEN}@git.example.org` }] },
      'targets[0].url must be',
    ],
    ['a wrong name', { targets: [{ ...VAULT, name: 'Main Vault' }] }, 'targets[0].name must be 1 to 63'],
    ['two of a name', { targets: [VAULT, { ...POSTGRES, name: 'v' }] }, 'targets: two have the same name'],
  ])('is refused with %s: the place, the field and the rule, and no value', (_, content, rule) => {
    const { problems } = read(content);
    expect(problems.join('\n')).toContain(`TARGETS_FILE ${rule}`);
    expect(problems.join('\n')).not.toContain(HIDDEN);
  });

  it('has Kubernetes with the authority of its certificate', () => {
    const pem = '-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----';
    const { targets, problems } = read({ targets: [{ ...CLUSTER, ca_file: file(`${pem}\n`) }] });
    expect(problems).toEqual([]);
    expect(targets).toMatchObject([{ name: 'k', url: 'https://k:6443', ca: pem }]);
    expect(JSON.stringify(targets)).not.toContain(HIDDEN);
  });

  it('is refused if it is not there', () => {
    const problems: string[] = [];
    targetsOf('/nowhere/targets.yaml', {}, problems);
    expect(problems).toEqual(['TARGETS_FILE must name a readable file']);
  });
});

describe('a target', () => {
  const targets = new Targets({
    targets: read({
      targets: [VAULT, { ...VAULT, name: 'w', teams: ['blue'] }, POSTGRES],
    }).targets,
  } as unknown as AppConfig);

  it('is found by its name, or because the team may use no other', () => {
    expect(targets.require('vault', 'w', 'blue').name).toBe('w');
    expect(targets.require('vault', undefined, 'red').name).toBe('v');
    expect(targets.require('vault', undefined, undefined).name).toBe('v');
    expect(targets.require('postgres', undefined, 'blue').name).toBe('p');
    expect(targets.of('red').map(({ name }) => name)).toEqual(['v']);
  });

  it.each([
    ['vault', 'w', 'red', 'must be one of v: the vault targets that can be used by the team red'],
    ['vault', undefined, 'blue', 'must be one of v, w'],
    ['vault', 'p', 'blue', 'must be one of v, w'],
    ['postgres', 'p', undefined, 'no postgres target is configured for use without a team'],
    ['http', undefined, 'blue', 'no http target is configured for use by the team blue'],
  ] as const)('of another team does not seem to exist: %s %s for %s', (kind, name, team, rule) => {
    expect(() => targets.require(kind, name, team)).toThrow(rule);
  });

  it('takes a new secret from its file without a restart, and says when the file is gone', () => {
    const path = file('first-secret');
    const credential = new Credential({ file: path });
    expect(credential.current().reveal()).toBe('first-secret');
    writeFileSync(path, 'the second\n');
    expect(credential.current().reveal()).toBe('the second');
    expect(() => new Credential({ file: '/nowhere' }).current()).toThrow(Problem);
  });
});
