import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../../scripts/child.mjs';
import { type OpenBao, SSH_POLICY, startOpenBao } from '../../support/servers/openbao.js';
import { hasSshd, type Sshd, startSshd } from '../../support/servers/sshd.js';
import { tempDir } from '../../support/service/temp.js';
import { ANSIBLE_START_MS, hasAnsible, startAnsibleStack } from '../../support/tools/ansible.js';
import type { ToolStack } from '../../support/tools/stack.js';
import { acceptedRun, endOf, execute, providerFiles, runWhen } from '../../support/workflows/runs.js';
import { secretFile } from '../../support/workflows/steps.js';

const HOST =
  '{name: db-1, address: "${inputs.address}", port: "${inputs.port}", user: "${inputs.user}", host_key: "${inputs.key}", groups: [db], python: /usr/bin/python3}';
const WORKFLOW = `
parameters:
  - {name: address, type: string, default: 127.0.0.1}
  - {name: port, type: integer, required: true}
  - {name: user, type: string, required: true}
  - {name: key, type: string, required: true}
  - {name: file, type: string, required: true}
steps:
  - name: note
    type: ansible
    timeout: 600
    with:
      playbook: note.yml
      hosts: [${HOST}]
      private_key: {path: teams/Lab/ssh, key: private}
      variables: {file: "\${inputs.file}"}
`;
const PROVIDERS = {
  ...providerFiles('hosts', { note: WORKFLOW }),
  'hosts/note.yml': `
- hosts: db
  tasks:
    - name: Write the note
      ansible.builtin.copy: {content: "{{ ansible_facts['user_id'] }} on {{ inventory_hostname }}", dest: "{{ file }}"}
`,
};

(hasAnsible() && hasSshd() ? describe : describe.skip)('hosts that a playbook reaches', () => {
  let world: ToolStack;
  let bao: OpenBao;
  let host: Sshd;
  const place = tempDir('hosts');

  beforeAll(async () => {
    [bao, host] = [await startOpenBao(), await startSshd()];
    await bao.call('POST', 'secret/data/teams/Lab/ssh', { data: { private: host.privateKey } });
    const token_file = secretFile(await bao.tokenWith(SSH_POLICY));
    const vault = { name: 'main', kind: 'vault', address: bao.address, token_file, teams: ['Lab'] };
    const targets = join(place, 'targets.json');
    const policy = join(place, 'policy.yaml');
    writeFileSync(targets, JSON.stringify({ targets: [vault] }));
    writeFileSync(policy, "names: {managed_host: ['127.0.0.1']}\n");
    world = await startAnsibleStack(PROVIDERS, { TARGETS_FILE: targets, WORKFLOW_POLICY_FILE: policy });
    world.stack.secrets.add('the private key', host.privateKey.split('\n')[2] ?? '');
  }, ANSIBLE_START_MS);
  afterAll(async () => {
    await world?.stop();
    await bao?.stop();
    await host?.stop();
  });

  const asked = (application: string, more: object) =>
    execute(
      world.stack.person('alice'),
      'hosts/note',
      { port: host.port, user: host.user, key: host.hostKey, file: join(place, application), ...more },
      { team: 'Lab', application },
    );
  const begun = async (application: string, more: object) => acceptedRun(await asked(application, more));
  /** The first step, once its first attempt has failed for now. */
  const postponed = async (run: { id: string }) => {
    let step: any;
    await runWhen(world.stack.admin, run, 'an attempt that failed', ({ steps }) => {
      [step] = steps;
      return step.error !== null;
    });
    const provision = (await world.stack.admin.get(`/provisions/${step.provision_id}`)).body;
    await world.stack.admin.post(`/api/workflows/${run.id}/cancel`);
    return provision;
  };

  it('are reached by SSH with the key of the vault', async () => {
    const run = await endOf(world.stack.admin, await begun('reached', {}));
    expect([run.error, run.status]).toEqual([null, 'completed']);
    expect(run.steps[0].outputs).toEqual({ changed: true, hosts: { 'db-1': 1 } });
    expect(readFileSync(join(place, 'reached'), 'utf8')).toBe(`${host.user} on db-1`);
  });

  it('that do not answer are tried again', async () => {
    const { status, error } = await postponed(await begun('away', { port: await freePort() }));
    expect([status, error]).toEqual([
      'pending',
      expect.stringContaining('Ansible cannot reach db-1: Gathering Facts:'),
    ]);
  });

  it('with another key are not talked to', async () => {
    const key = `ssh-ed25519 ${'A'.repeat(68)}`;
    const { error } = await postponed(await begun('other', { key }));
    expect(error).toContain('Ansible cannot reach db-1');
    expect(error).toContain('ost key verification failed');
    expect(existsSync(join(place, 'other'))).toBe(false);
  });

  it('that the policy does not give the team are refused', async () => {
    const { status, body } = await asked('foreign', { address: 'db.example.org' });
    expect([status, JSON.stringify(body)]).toEqual([422, expect.stringContaining('db.example.org')]);
  });
});
