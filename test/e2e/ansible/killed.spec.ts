import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../../../scripts/child.mjs';
import { tempDir } from '../../support/service/temp.js';
import { slow } from '../../support/slow.js';
import { ANSIBLE_START_MS, hasAnsible, startAnsibleStack } from '../../support/tools/ansible.js';
import type { ToolStack } from '../../support/tools/stack.js';
import { acceptedRun, endOf, execute, providerFiles, runWhen } from '../../support/workflows/runs.js';

const playbook = `
- hosts: all
  gather_facts: false
  tasks:
    - name: Begin
      ansible.builtin.copy: {content: begun, dest: "{{ folder }}/begun"}
    - name: Hold
      ansible.builtin.command: {cmd: "{{ folder }}/hold.sh"}
`;
const workflow = (timeout: number) => `
on_failure: rollback
parameters: [{name: folder, type: string, required: true}]
steps:
  - name: held
    type: ansible
    timeout: ${timeout}
    with:
      playbook: held.yml
      variables: {folder: "\${inputs.folder}"}
      undo_plays:
        - hosts: all
          gather_facts: false
          tasks: [{ansible.builtin.file: {path: "{{ folder }}/begun", state: absent}}]
`;
const PROVIDERS = {
  ...providerFiles('hosts', { held: workflow(600), late: workflow(30) }),
  'hosts/held.yml': playbook,
};
/** Waits as long as \`hold\` is there, with a process that it started. */
const HOLD = `#!/bin/sh
cd "$(dirname "$0")"
echo run >> runs
[ -e hold ] || exit 0
sleep 600 > /dev/null 2>&1 &
echo $! > held
wait
`;

(hasAnsible() ? describe : describe.skip)('Ansible whose worker is killed, or whose time is over', () => {
  let world: ToolStack;
  const place = tempDir('held');
  const noted = (name: string) => join(place, name);
  const tools = () => readdirSync(join(world.data, 'tools'));

  beforeAll(async () => {
    writeFileSync(noted('hold.sh'), HOLD);
    chmodSync(noted('hold.sh'), 0o755);
    world = await startAnsibleStack(PROVIDERS);
  }, ANSIBLE_START_MS);
  afterAll(() => world?.stop());

  const begin = async (name: string) => {
    for (const file of ['held', 'runs', 'begun']) rmSync(noted(file), { force: true });
    writeFileSync(noted('hold'), '');
    const parameters = { folder: place };
    return acceptedRun(
      await execute(world.stack.person('alice'), `hosts/${name}`, parameters, {
        team: 'Lab',
        application: name,
      }),
    );
  };
  const held = async (): Promise<number> => {
    await waitFor('the task', () => existsSync(noted('held')) && readFileSync(noted('held'), 'utf8') !== '');
    rmSync(noted('hold'));
    return Number(readFileSync(noted('held'), 'utf8'));
  };
  const gone = (pid: number) =>
    waitFor(
      'the end of the program',
      () => !existsSync(`/proc/${pid}`) || readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '),
    );
  /** Processes that have the folder of the worker in their environment. */
  const processes = () =>
    readdirSync('/proc').filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`ANSIBLE_HOME=${world.data}`);
      } catch {
        return false;
      }
    });

  it('leaves no process and no file, the next worker goes on, and it can be taken back', async () => {
    const run = await begin('held');
    const pid = await held();
    expect(processes().length).toBeGreaterThan(0);
    await world.worker.kill();
    await gone(pid);
    await waitFor('the end of Ansible', () => processes().length === 0);
    await waitFor('an empty folder', () => tools().length === 0);
    await world.startWorker();
    const end = await endOf(world.stack.admin, run);
    expect([end.error, end.status]).toEqual([null, 'completed']);
    expect(readFileSync(noted('runs'), 'utf8')).toBe('run\nrun\n');
    await world.stack.admin.post(`/api/workflows/${run.id}/undo`);
    await runWhen(world.stack.admin, run, 'undone', ({ undone_at }) => undone_at !== null);
    expect(existsSync(noted('begun'))).toBe(false);
  }, 180_000);

  slow.it(
    'is ended with all that it started',
    async () => {
      const run = await begin('late');
      const pid = await held();
      await gone(pid);
      const end = await endOf(world.stack.admin, run);
      expect([end.status, end.error]).toEqual([
        'failed',
        expect.stringContaining('Step held failed: It was not done within 30 seconds'),
      ]);
      expect([processes(), tools()]).toEqual([[], []]);
    },
    180_000,
  );
});
