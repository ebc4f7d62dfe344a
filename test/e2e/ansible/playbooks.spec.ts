import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { COPY_POLICY, type OpenBao, startOpenBao } from '../../support/servers/openbao.js';
import { tempDir } from '../../support/service/temp.js';
import { ANSIBLE_START_MS, hasAnsible, startAnsibleStack } from '../../support/tools/ansible.js';
import type { ToolStack } from '../../support/tools/stack.js';
import {
  acceptedRun,
  endOf,
  execute,
  providerFiles,
  runWhen,
  statesOf,
} from '../../support/workflows/runs.js';
import { secretFile } from '../../support/workflows/steps.js';

const SECRET = 'token-of-the-host-0815';
/** What a person may write: it stays what it is. */
const TEMPLATE = "{{ lookup('pipe', 'touch PWNED') }} ${inputs.x} {% raw %}";
const STEP = `
parameters:
  - {name: folder, type: string, required: true}
  - {name: text, type: string, required: true}
  - {name: environment, type: string, default: test}
steps:
  - name: note
    type: ansible
    with:
      playbook: ./playbooks/note.yml
      variables: {folder: "\${inputs.folder}", text: "\${inputs.text}"}
      secret_variables: {token: {path: teams/Lab/registry, key: token}}
      undo: playbooks/remove.yml
outputs:
  changed: \${steps.note.outputs.changed}
`;
const PLAYBOOK = `
- hosts: localhost
  gather_facts: false
  tasks:
    - name: Make the folder
      ansible.builtin.file: {path: "{{ folder }}", state: directory, mode: "0755"}
    - name: Write what {{ text | length }} characters say
      ansible.builtin.copy: {content: "{{ text }}\\n", dest: "{{ folder }}/note"}
    - import_tasks: parts/login.yml
      when: token is defined
    - name: Count
      ansible.builtin.command: {cmd: "wc -c {{ folder }}/note"}
      changed_when: false
    - name: Nothing to do
      ansible.builtin.debug: {msg: never}
      when: text == 'never'
`;
const PROVIDERS = {
  ...providerFiles('hosts', {
    note: `on_failure: rollback${STEP}`,
    'no-undo': STEP.replace('      undo: playbooks/remove.yml\n', ''),
    fails: STEP.replace('playbooks/note.yml', 'playbooks/fails.yml'),
    module: STEP.replace('playbooks/note.yml', 'playbooks/module.yml'),
  }),
  'hosts/playbooks/note.yml': PLAYBOOK,
  'hosts/playbooks/parts/login.yml': `
- name: Log in
  ansible.builtin.copy: {content: "{{ token }}", dest: "{{ folder }}/login", mode: "0600"}
`,
  'hosts/playbooks/remove.yml': `
- hosts: all
  gather_facts: false
  tasks:
    - name: Remove the folder
      ansible.builtin.file: {path: "{{ folder }}", state: absent}
`,
  'hosts/playbooks/fails.yml': `
- hosts: all
  gather_facts: false
  tasks:
    - name: Make the folder
      ansible.builtin.file: {path: "{{ folder }}", state: directory}
    - name: Does not matter
      ansible.builtin.command: {cmd: "false"}
      ignore_errors: true
    - name: Look
      ansible.builtin.command: {cmd: "ls {{ folder }}/none-{{ token }}"}
`,
  'hosts/playbooks/module.yml': `
- {hosts: all, tasks: [{ansible.builtin.shell: {cmd: id}}]}
`,
};
const RULES = `
rules:
  - name: production
    when: has(request.parameters.environment) && request.parameters.environment == "production"
    then: approve
`;

(hasAnsible() ? describe : describe.skip)('playbooks of Ansible', () => {
  let world: ToolStack;
  let bao: OpenBao;
  let count = 0;
  const place = tempDir('hosts');

  beforeAll(async () => {
    bao = await startOpenBao();
    await bao.call('POST', 'secret/data/teams/Lab/registry', { data: { token: SECRET } });
    const [targets = '', policy = ''] = ['targets.json', 'policy.yaml'].map((name) => join(place, name));
    const token_file = secretFile(await bao.tokenWith(COPY_POLICY));
    const vault = { name: 'main', kind: 'vault', address: bao.address, token_file, teams: ['Lab'] };
    writeFileSync(targets, JSON.stringify({ targets: [vault] }));
    writeFileSync(policy, RULES);
    world = await startAnsibleStack(PROVIDERS, { TARGETS_FILE: targets, WORKFLOW_POLICY_FILE: policy });
    world.stack.secrets.add('the token in the vault', SECRET);
    const { body } = await world.stack.admin.get('/api/providers');
    expect(body.items.map(({ name, error }: any) => [name, error ?? null])).toEqual([['hosts', null]]);
  }, ANSIBLE_START_MS);
  afterAll(async () => {
    await world?.stop();
    await bao?.stop();
  });

  const asks = (workflow: string, parameters: object, more: object = {}) =>
    execute(world.stack.person('alice'), `hosts/${workflow}`, parameters, {
      ...{ team: 'Lab', application: `app-${(count += 1)}` },
      ...more,
    });
  const carriedOut = async (workflow: string, parameters: object) =>
    endOf(world.stack.admin, acceptedRun(await asks(workflow, parameters)));
  const waiting = async (workflow: string, parameters: object) =>
    runWhen(
      world.stack.admin,
      acceptedRun(await asks(workflow, parameters)),
      'a question',
      ({ status }) => status === 'awaiting_approval',
    );
  const undone = async ({ id }: { id: string }) => {
    await world.stack.admin.post(`/api/workflows/${id}/undo`);
    return runWhen(world.stack.admin, { id }, 'undone', ({ undone_at }) => undone_at !== null);
  };

  it('are planned in check mode by the worker; people approve what is shown; the same is run, and taken back', async () => {
    const folder = join(place, 'asked');
    const parameters = { folder, text: TEMPLATE, environment: 'production' };
    const dry = (await asks('note', parameters, { query: '?dry_run=true' })).body;
    expect(dry.plan[0]).toMatchObject({ step: 'note', type: 'ansible', changes: null });
    const run = await waiting('note', parameters);
    expect(existsSync(folder)).toBe(false);
    const target = (task: string, module: string) => `ansible localhost: ${task} (ansible.builtin.${module})`;
    const [{ plan }] = run.approvals;
    expect(plan[0].changes).toEqual([
      {
        ...{ change: 'change_host', target: target('Make the folder', 'file') },
        before: { path: folder, state: 'absent' },
        after: { path: folder, state: 'directory' },
      },
      {
        ...{ change: 'change_host', target: target(`Write what ${TEMPLATE.length} characters say`, 'copy') },
        ...{ before: null, after: { file: join(folder, 'note'), text: `${TEMPLATE}\n` } },
      },
      {
        ...{ change: 'change_host', target: target('Log in', 'copy') },
        ...{ before: null, after: { result: '(hidden)' } },
      },
      {
        ...{ change: 'run_task', target: target('Count', 'command') },
        ...{ before: null, after: { result: '(not predictable)' } },
      },
    ]);
    const { id, plan_digest } = run;
    await world.stack.person('bob').post(`/api/workflows/${id}/approve`, { plan_digest });
    const end = await endOf(world.stack.admin, run);
    expect([end.error, end.status, end.outputs]).toEqual([null, 'completed', { changed: true }]);
    const read = (name: string) => readFileSync(join(folder, name), 'utf8');
    expect([read('note'), read('login')]).toEqual([`${TEMPLATE}\n`, SECRET]);
    expect(readdirSync(join(world.data, 'tools'))).toEqual([]);
    const receipt = (await world.stack.admin.get(`/api/workflows/${id}/receipt`)).body;
    const logs = (await world.stack.admin.get(`/api/workflows/${id}/logs`)).body;
    const tables = ['provision', 'workflow_run', 'run_receipt', 'provision_event', 'audit_event'];
    const kept = await Promise.all(tables.map((table) => world.rows(table)));
    const told = [JSON.stringify([run, end, receipt, logs]), ...kept];
    expect(told.filter((each) => each.includes(SECRET))).toEqual([]);
    expect(JSON.stringify(receipt)).toContain('ansible_host');
    const back = await undone(run);
    expect(back.steps[0].operations).toMatchObject([
      { action: 'remove', status: 'done', entitlement: { id: 'localhost' } },
    ]);
    expect(existsSync(folder)).toBe(false);
  });

  it('that have changed nothing are not taken back; without a playbook for it, what was changed stays and is listed', async () => {
    const folder = join(place, 'again');
    const first = await carriedOut('no-undo', { folder, text: 'again' });
    expect([first.error, first.outputs]).toEqual([null, { changed: true }]);
    const second = await carriedOut('note', { folder, text: 'again' });
    expect([second.error, second.outputs]).toEqual([null, { changed: false }]);
    await undone(second);
    expect(readFileSync(join(folder, 'note'), 'utf8')).toBe('again\n');
    const back = await undone(first);
    expect(back.steps[0].operations).toMatchObject([
      { status: 'skipped', message: 'the step names no playbook that takes it back' },
    ]);
    expect(existsSync(join(folder, 'note'))).toBe(true);
  });

  it('whose plan is another one by now are asked about again', async () => {
    const folder = join(place, 'moved');
    const run = await waiting('note', { folder, text: 'moved', environment: 'production' });
    await carriedOut('note', { folder, text: 'between' });
    const { id, plan_digest } = run;
    await world.stack.person('bob').post(`/api/workflows/${id}/approve`, { plan_digest });
    const asked = await runWhen(
      ...([world.stack.admin, run, 'another question'] as const),
      ({ approvals }) => approvals.length === 2,
    );
    expect(asked.approvals[1].difference.now.changes).toContainEqual(
      expect.objectContaining({ before: { file: join(folder, 'note'), text: 'between\n' } }),
    );
    await world.stack.admin.post(`/api/workflows/${id}/cancel`);
  });

  it('that fail tell host, task and message without secrets, and are taken back', async () => {
    const folder = join(place, 'fails');
    const run = await carriedOut('fails', { folder, text: 'fails' });
    expect(statesOf(run)).toEqual({ note: 'failed' });
    expect(run.error).toContain('Step note failed: Ansible failed on localhost: Look: (hidden)');
    expect(existsSync(folder)).toBe(false);
  });

  it('with a module that the administrator does not allow are refused', async () => {
    const run = await carriedOut('module', { folder: join(place, 'module'), text: 'module' });
    expect(run.error).toContain('must not use `ansible.builtin.shell`: it is not among ANSIBLE_MODULES');
  });

  it('that run something on the worker do not load', async () => {
    const files = {
      ...providerFiles('evil', { run: 'steps: [{name: one, type: ansible, with: {playbook: evil.yml}}]\n' }),
      'evil/evil.yml': `
- hosts: localhost
  tasks:
    - ansible.builtin.debug: {msg: "{{ lookup('pipe', 'id') }}"}
    - {ansible.builtin.ping: , delegate_to: localhost}
`,
    };
    const flat = Object.fromEntries(
      Object.entries(files).map(([path, text]) => [path.slice('evil/'.length), text]),
    );
    const answer = await world.stack.admin.post('/api/providers/validate', { files: flat });
    expect([answer.status, answer.body.errors?.map(({ message }: any) => message)]).toEqual([
      200,
      [
        '`playbook.0.tasks.0.ansible.builtin.debug.msg` must not use `lookup` in an expression',
        '`playbook.0.tasks.1` must not have `delegate_to`: tasks are for the hosts of the step',
      ],
    ]);
  });
});
