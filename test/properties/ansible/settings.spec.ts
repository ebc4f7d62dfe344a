import { AnsibleKind } from '../../../src/steps/ansible/ansible.kind.js';

const withModules = (...modules: string[]) =>
  new AnsibleKind(
    { workflowTools: { ansible: { binary: '/x', modules, worker: false } } } as any,
    {} as any,
    {} as any,
  );

describe('ANSIBLE_MODULES', () => {
  it('may name modules that act on hosts, and those of collections', () => {
    expect(() => withModules('ansible.builtin.copy', 'community.general.ini_file')).not.toThrow();
  });

  it('must not name what no playbook may use: the worker does not start', () => {
    expect(() =>
      withModules('ansible.builtin.copy', 'ansible.builtin.script', 'ansible.legacy.copy'),
    ).toThrow('ANSIBLE_MODULES must not name ansible.builtin.script, ansible.legacy.copy');
  });
});
