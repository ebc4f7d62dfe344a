import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../../../scripts/child.mjs';
import { COMMIT, CREATION } from '../../support/forge/calls.js';
import { TargetGate } from '../../support/network/target-gate.js';
import { FORGE_START_MS, hasForge, type Organization, workerForge } from '../../support/forge/server.js';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { runSql } from '../../support/database/sql.js';
import { COPY_POLICY, type OpenBao, startOpenBao } from '../../support/servers/openbao.js';
import { WebhookReceiver } from '../../support/servers/receivers.js';
import { problemOf } from '../../support/service/problems.js';
import { type Stack, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';
import {
  acceptedRun,
  endOf,
  execute,
  providerFiles,
  runWhen,
  writeProviders,
} from '../../support/workflows/runs.js';
import { secretFile } from '../../support/workflows/steps.js';

const SECRET = 'webhook-secret-4711';
const PROVIDERS = {
  ...providerFiles('repositories', {
    service: `
on_failure: rollback
parameters:
  - {name: name, type: string, required: true}
  - {name: title, type: string, default: Shop}
steps:
  - name: repository
    type: gitea-repo
    config: {repository: "\${inputs.name}", description: "\${inputs.title}", template: ./templates/service}
outputs:
  clone_url: \${steps.repository.outputs.clone_url}
`,
    hooked: `
on_failure: rollback
parameters:
  - {name: name, type: string, required: true}
  - {name: url, type: string, required: true}
  - {name: path, type: string, default: teams/Lab/registry}
steps:
  - name: repository
    type: git.scaffold
    with:
      repository: \${inputs.name}
      template: templates/service
      webhook: {url: "\${inputs.url}", secret_ref: {path: "\${inputs.path}", key: webhook}}
`.replace('template: templates/service', 'files: {README.md: "# ${inputs.name}"}'),
    doomed: `
on_failure: rollback
parameters: [{name: name, type: string, required: true}]
steps:
  - name: repository
    type: git.scaffold
    with: {repository: "\${inputs.name}", files: {a.txt: a}}
  - {name: never, type: assert, with: {that: "steps.repository.outputs.commit == ''", message: Never}}
`,
  }),
  'repositories/templates/service/README.md': '# ${inputs.title}\n\nOf ${team}, for $${USER}.\n',
  'repositories/templates/service/dot-gitignore': 'dist/\n',
  'repositories/templates/service/src/main.py': 'print("{{ x }}")\n',
};

const rowsOf = (table: string) => `select to_json(t)::text as row from ${table} t`;

(hasForge() ? describe : describe.skip)('workflows with a forge', () => {
  let stack: Stack;
  let lab: Organization;
  let bao: OpenBao;
  let gate: TargetGate;
  let receiver: WebhookReceiver;
  let count = 0;

  beforeAll(async () => {
    const forge = await workerForge();
    [lab, bao, gate, receiver] = await Promise.all([
      forge.organization('lab'),
      startOpenBao(),
      TargetGate.start(forge.address),
      new WebhookReceiver().start(),
    ]);
    await bao.call('POST', 'secret/data/teams/Lab/registry', { data: { webhook: SECRET } });
    const [providers, folder] = [tempDir('providers'), tempDir('targets')];
    writeProviders(providers, PROVIDERS);
    const files = {
      TARGETS_FILE: join(folder, 'targets.json'),
      WORKFLOW_POLICY_FILE: join(folder, 'policy.yaml'),
    };
    const token_file = secretFile(await bao.tokenWith(COPY_POLICY));
    const targets = [
      lab.target({ url: gate.address, teams: ['Lab'] }),
      { name: 'main', kind: 'vault', address: bao.address, token_file, teams: ['Lab'] },
    ];
    writeFileSync(files.TARGETS_FILE, JSON.stringify({ targets }));
    writeFileSync(files.WORKFLOW_POLICY_FILE, 'names: {host: ["127.0.0.1"]}\n');
    const env = { ...NO_LIMITS, ...files, PROVIDERS_DIR: providers, LOG_LEVEL: 'trace' };
    stack = await startStack({ env });
    stack.secrets.add('the token of the target', lab.token);
    stack.secrets.add('the secret of the webhook', SECRET);
    await makePeople(stack, ['alice', 'bob']);
    await stack.admin.post('/groups/Lab', { members: ['alice'], owners: ['bob'] });
    await stack.admin.post('/groups/Lab-Office', { members: ['bob'] });
  }, FORGE_START_MS);
  afterAll(async () => {
    await stack?.stop();
    await Promise.all([bao?.stop(), gate?.stop(), receiver?.stop()]);
  });

  const newName = () => `lab-${(count += 1)}`;
  const asked = (workflow: string, parameters: object, query = '') =>
    execute(stack.person('alice'), `repositories/${workflow}`, parameters, {
      ...{ team: 'Lab', query, application: newName() },
    });
  const carriedOut = async (workflow: string, parameters: object) =>
    endOf(stack.admin, acceptedRun(await asked(workflow, parameters)));
  const undone = async ({ id }: { id: string }) => {
    await stack.admin.post(`/api/workflows/${id}/undo`);
    return runWhen(stack.admin, { id }, 'undone', ({ undone_at }) => undone_at !== null);
  };
  const verified = async ({ id }: { id: string }) =>
    (await stack.admin.post(`/api/workflows/${id}/verify`)).body.steps[0];

  it('a repository whose first commit the forge refuses does not stay', async () => {
    const name = newName();
    gate.before(COMMIT, () =>
      lab.write(name, '/branch_protections', { rule_name: 'main', enable_push: false }),
    );
    const run = await carriedOut('service', { name });
    expect([run.status, run.error]).toEqual(['failed', expect.stringContaining('403')]);
    expect(gate.calls.some(CREATION)).toBe(true);
    expect(await lab.read(name)).toBeUndefined();
  });

  it('a template is planned as a difference of trees, made, verified and taken back', async () => {
    const name = newName();
    const dry = await asked('service', { name }, '?dry_run=true');
    expect(dry.body.plan[0].changes).toEqual([
      {
        ...{ change: 'create_repository', target: `git forge: ${lab.name}/${name}`, before: null },
        after: { description: 'Shop', private: true, default_branch: 'main' },
      },
      {
        ...{ change: 'commit_files', target: `git forge: ${lab.name}/${name}`, before: null },
        after: {
          added: {
            '.gitignore': expect.stringMatching(/^[0-9a-f]{40}$/),
            'README.md': expect.stringMatching(/^[0-9a-f]{40}$/),
            'src/main.py': expect.stringMatching(/^[0-9a-f]{40}$/),
          },
          ...{ changed: {}, same: 0 },
        },
      },
    ]);
    expect(await lab.read(name)).toBeUndefined();
    const run = await carriedOut('service', { name });
    expect([run.error, run.status]).toEqual([null, 'completed']);
    expect(await lab.text(name, 'README.md')).toBe('# Shop\n\nOf Lab, for ${USER}.\n');
    expect(await lab.text(name, 'src/main.py')).toBe('print("{{ x }}")\n');
    expect(run.outputs.clone_url).toBe((await lab.read(name)).clone_url);
    expect((await verified(run)).state).toBe('holds');
    const again = await asked('service', { name }, '?dry_run=true');
    expect([problemOf(again), again.body.detail]).toEqual([
      [409, 'not_possible'],
      `The repository ${lab.name}/${name} is there already, and this step did not make it`,
    ]);
    expect(problemOf(await asked('service', { name }))).toEqual([409, 'not_possible']);
    await undone(run);
    expect([await lab.read(name), (await verified(run)).state]).toEqual([undefined, 'not_made']);
  });

  it('what people change afterwards differs, and the undo leaves it', async () => {
    const name = newName();
    const run = await carriedOut('service', { name });
    const { sha } = await lab.read(name, '/contents/README.md');
    const content = Buffer.from('# Theirs\n').toString('base64');
    await lab.write(name, '/contents/README.md', { content, sha, message: 'Theirs' }, 'PUT');
    await lab.write(name, '', { private: false }, 'PATCH');
    const { state, changes } = await verified(run);
    expect([state, changes.map(({ change, before, after }: any) => [change, before, after])]).toEqual([
      'differs',
      [
        ['change_repository', { private: false }, { private: true }],
        [...['commit_files', null], { added: {}, changed: { 'README.md': expect.any(String) }, same: 2 }],
      ],
    ]);
    const back = await undone(run);
    expect(back.steps[0].operations).toMatchObject([
      { status: 'skipped', message: 'somebody has committed to it' },
    ]);
    expect(await lab.commits(name)).toEqual(['Theirs', 'Initial commit']);
    await lab.write(name, '', {}, 'DELETE');
    expect((await verified(run)).state).not.toBe('holds');
  });

  it.each([
    ['name of nobody', 'shop', 'the repository shop is none'],
    ['name of another team', 'lab-office-shop', 'the repository lab-office-shop is one of another team'],
  ])('a %s is refused: nothing is asked of the forge', async (_, name, rule) => {
    gate.calls.splice(0);
    const answer = await asked('service', { name });
    expect([problemOf(answer), answer.body.errors[0].rule]).toEqual([
      [422, 'not_allowed_step'],
      expect.stringContaining(rule),
    ]);
    expect(gate.calls).toEqual([]);
  });

  it.each(['a/../b', '..', 'Lab-X', 'lab-%2e%2e', 'lab-x/../../y', 'lab-.git'])(
    'a value that is no name is refused: %s',
    async (name) => {
      expect((await asked('service', { name })).status).toBe(422);
    },
  );

  it('a run that fails later takes its repository back', async () => {
    const name = newName();
    const run = await carriedOut('doomed', { name });
    expect([run.status, run.error]).toEqual(['failed', expect.stringContaining('Never')]);
    await waitFor('the rollback', async () => (await lab.read(name)) === undefined);
  });

  it('a webhook is signed with a secret of the vault, which nothing else keeps', async () => {
    const name = newName();
    const url = receiver.url.replace(/\?.*/, '');
    const run = await carriedOut('hooked', { name, url });
    expect([run.error, run.status]).toEqual([null, 'completed']);
    expect((await verified(run)).state).toBe('holds');
    await lab.commit(name, 'theirs.txt', 'x');
    await waitFor('a delivery', () => receiver.deliveries.length > 0);
    const [delivery] = receiver.deliveries;
    const signature = createHmac('sha256', SECRET)
      .update(delivery?.raw ?? '')
      .digest('hex');
    expect([delivery?.headers['x-gitea-event'], delivery?.headers['x-gitea-signature']]).toEqual([
      'push',
      signature,
    ]);
    const [hook] = await lab.read(name, '/hooks');
    await lab.write(name, `/hooks/${hook.id}`, {}, 'DELETE');
    expect((await verified(run)).changes.map(({ change }: any) => change)).toEqual(['create_webhook']);
    // a secret that is not there is refused before anything is made
    const other = newName();
    const missing = await asked('hooked', { name: other, url, path: 'teams/Lab/nothing' });
    expect([problemOf(missing), missing.body.detail]).toEqual([
      [409, 'not_possible'],
      'The vault main has no secret at teams/Lab/nothing with the key webhook',
    ]);
    expect(await lab.read(other)).toBeUndefined();
    // neither are hosts that no policy names, and paths of other teams
    const foreign = await asked('hooked', { name: other, url: 'http://169.254.169.254/x' });
    expect(foreign.body.errors[0].rule).toContain('the host 169.254.169.254 is none');
    const path = await asked('hooked', { name: other, url, path: 'teams/Office/registry' });
    expect(path.body.errors[0].rule).toContain('the vault path teams/Office/registry is none');
    // none of it is in what the service tells or keeps, and afterAll looks into its log
    const told = [run, (await stack.admin.get(`/api/workflows/${run.id}/receipt`)).body];
    const kept = await runSql(stack.env, ['provision', 'provision_event', 'workflow_run'].map(rowsOf));
    expect(JSON.stringify(kept)).toContain(run.id);
    for (const secret of [SECRET, lab.token]) expect(JSON.stringify([told, kept])).not.toContain(secret);
  });
});
