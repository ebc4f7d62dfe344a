import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from '../../../scripts/node.mjs';
import { type OpenBao, SSH_POLICY, startOpenBao } from '../../support/servers/openbao.js';
import { hasSshd, type Sshd, startSshd } from '../../support/servers/sshd.js';
import { tempDir } from '../../support/service/temp.js';
import { ANSIBLE_START_MS, hasAnsible, startAnsibleStack } from '../../support/tools/ansible.js';
import type { ToolStack } from '../../support/tools/stack.js';
import { blocksOf } from '../../support/walks/pages.js';
import { acceptedRun, endOf, execute, providerFiles, runWhen } from '../../support/workflows/runs.js';
import { secretFile } from '../../support/workflows/steps.js';

const PAGE = join(ROOT, 'docs', 'tools.md');
const TOKEN = 'a-token-of-the-page';
/** The files of the page by their names, which their first lines tell. */
const FILES = Object.fromEntries(
  blocksOf(PAGE).flatMap(({ text }) => {
    const [, name] = /^# (\S+\.ya?ml)\n/.exec(text) ?? [];
    return name === undefined ? [] : [[name, text]];
  }),
);

(hasAnsible() && hasSshd() ? describe : describe.skip)('the playbook of the page about tools', () => {
  let world: ToolStack;
  let bao: OpenBao;
  let host: Sshd;
  const etc = join(tempDir('page'), 'etc');

  beforeAll(async () => {
    [bao, host] = [await startOpenBao(), await startSshd()];
    await bao.call('POST', 'secret/data/teams/Lab/ssh', { data: { private: host.privateKey } });
    await bao.call('POST', 'secret/data/teams/Lab/registry', { data: { token: TOKEN } });
    const token_file = secretFile(await bao.tokenWith(SSH_POLICY));
    const vault = { name: 'main', kind: 'vault', address: bao.address, token_file, teams: ['Lab'] };
    mkdirSync(etc);
    const [targets, policy] = [join(etc, 'targets.json'), join(etc, 'policy.yaml')];
    writeFileSync(targets, JSON.stringify({ targets: [vault] }));
    const [names = ''] = /names: \{managed_host: [^`]*\}/.exec(readFileSync(PAGE, 'utf8')) ?? [];
    writeFileSync(policy, names.replace('*.lab.example.org', '127.0.0.1'));
    expect(parse(names).names.managed_host).toHaveLength(1);
    world = await startAnsibleStack(files(), { TARGETS_FILE: targets, WORKFLOW_POLICY_FILE: policy });
    world.stack.secrets.add('the token of the page', TOKEN);
  }, ANSIBLE_START_MS);
  afterAll(async () => {
    await world?.stop();
    await bao?.stop();
    await host?.stop();
  });

  /** The files as they stand, but for where the host is, who logs in, and where it has its files. */
  function files(): Record<string, string> {
    const here = (text: string) =>
      text
        .replaceAll('/etc/', `${etc}/`)
        .replace('  become: true\n', '')
        .replace(
          'user: deploy',
          `user: ${host.user}\n          address: 127.0.0.1\n          port: ${host.port}\n          python: /usr/bin/python3`,
        )
        .replace(/host_key: .*/, `host_key: ${host.hostKey}`);
    const own = Object.entries(FILES).map(([name, text]) => [`page/${name}`, here(text)]);
    return { ...providerFiles('page', {}), ...Object.fromEntries(own) };
  }

  it('writes what it says, and its undo removes it', async () => {
    expect(Object.keys(FILES)).toHaveLength(4);
    const parameters = { text: 'hello' };
    const application = 'page';
    const asked = await execute(world.stack.person('alice'), 'page/site', parameters, {
      team: 'Lab',
      application,
    });
    const run = await endOf(world.stack.admin, acceptedRun(asked));
    expect([run.error, run.status]).toEqual([null, 'completed']);
    const read = (name: string) => readFileSync(join(etc, name), 'utf8');
    expect([read('greeting'), read('token')]).toEqual(['hello\n', TOKEN]);
    await world.stack.admin.post(`/api/workflows/${run.id}/undo`);
    await runWhen(world.stack.admin, run, 'undone', ({ undone_at }) => undone_at !== null);
    expect([existsSync(join(etc, 'greeting')), existsSync(join(etc, 'token'))]).toEqual([false, false]);
  }, 240_000);
});
