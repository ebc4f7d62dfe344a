import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHANGE, COMMIT, CREATION, REMOVAL } from '../../support/forge/calls.js';
import { TargetGate } from '../../support/network/target-gate.js';
import { FORGE_START_MS, hasForge, type Organization, workerForge } from '../../support/forge/server.js';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
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

const PROVIDERS = {
  ...providerFiles('repositories', {
    service: `
on_failure: rollback
parameters: [{name: name, type: string, required: true}]
steps:
  - name: repository
    type: git.scaffold
    with: {repository: "\${inputs.name}", description: Shop, template: template}
`,
  }),
  'repositories/template/README.md': '# ${inputs.name}\n',
  'repositories/template/dot-gitignore': 'dist/\n',
};
const SLOW = 120_000;

(hasForge() ? describe : describe.skip)('a repository whose maker is killed, or late', () => {
  let stack: Stack;
  let lab: Organization;
  let gate: TargetGate;
  let count = 0;

  beforeAll(async () => {
    const forge = await workerForge();
    [lab, gate] = await Promise.all([forge.organization('lab'), TargetGate.start(forge.address)]);
    const [providers, targets] = [tempDir('providers'), join(tempDir('targets'), 'targets.json')];
    writeProviders(providers, PROVIDERS);
    writeFileSync(targets, JSON.stringify({ targets: [lab.target({ url: gate.address, teams: ['Lab'] })] }));
    stack = await startStack({ env: { ...NO_LIMITS, PROVIDERS_DIR: providers, TARGETS_FILE: targets } });
    stack.secrets.add('the token of the target', lab.token);
    await makePeople(stack, ['alice', 'bob']);
    await stack.admin.post('/groups/Lab', { members: ['alice'], owners: ['bob'] });
  }, FORGE_START_MS);
  afterAll(async () => {
    await stack?.stop();
    await gate?.stop();
  });

  const newName = () => `lab-${(count += 1)}`;
  const begun = async (name: string) =>
    acceptedRun(
      await execute(...([stack.person('alice'), 'repositories/service', { name }] as const), {
        team: 'Lab',
        application: name,
      }),
    );
  const carriedOut = async (name: string) => endOf(stack.admin, await begun(name));
  const undone = async ({ id }: { id: string }) => {
    await stack.admin.post(`/api/workflows/${id}/undo`);
    return runWhen(stack.admin, { id }, 'undone', ({ undone_at }) => undone_at !== null);
  };
  const verified = async ({ id }: { id: string }) =>
    (await stack.admin.post(`/api/workflows/${id}/verify`)).body.steps[0];

  it.each([
    ['the repository is made', CREATION],
    ['the commit is made', COMMIT],
    ['the description is set', CHANGE],
  ])(
    'killed once %s and nobody was told: the run goes on, with exactly one commit, and its undo takes all back',
    async (_, isOf) => {
      const name = newName();
      const held = gate.hold(isOf);
      const run = await begun(name);
      await held;
      await stack.service.kill();
      const { id } = await lab.read(name);
      await stack.startService();
      const end = await endOf(stack.admin, run);
      expect([end.error, end.status]).toEqual([null, 'completed']);
      expect(await lab.commits(name)).toEqual(['Initial commit']);
      expect(await lab.read(name)).toMatchObject({ id, description: 'Shop' });
      expect((await verified(end)).state).toBe('holds');
      await undone(end);
      expect(await lab.read(name)).toBeUndefined();
    },
    SLOW,
  );

  it.each([
    ['archived', CHANGE],
    ['removed', REMOVAL],
  ])(
    'killed in the middle of an undo, once it is %s: the undo ends',
    async (_, isOf) => {
      const name = newName();
      const run = await carriedOut(name);
      const held = gate.hold(isOf);
      await stack.admin.post(`/api/workflows/${run.id}/undo`);
      await held;
      await stack.service.kill();
      await stack.startService();
      await runWhen(stack.admin, run, 'undone', ({ undone_at }) => undone_at !== null);
      expect(await lab.read(name)).toBeUndefined();
    },
    SLOW,
  );

  it(
    'whoever commits between the creation and the commit keeps the repository, and the step is refused',
    async () => {
      const name = newName();
      const held = gate.hold(CREATION);
      const run = await begun(name);
      await held;
      await stack.service.kill();
      await lab.commit(name, 'theirs.txt', 'x');
      await stack.startService();
      const end = await endOf(stack.admin, run);
      expect([end.status, end.error]).toEqual([
        'failed',
        expect.stringContaining(`Somebody has committed to ${lab.name}/${name} before this step could`),
      ]);
      expect(await lab.commits(name)).toEqual(['Add theirs.txt']);
      expect((await lab.read(name)).archived).toBe(false);
    },
    SLOW,
  );

  it('whoever commits in the moment in which the commit is made keeps the repository', async () => {
    const name = newName();
    gate.before(COMMIT, () => lab.commit(name, 'theirs.txt', 'x'));
    const end = await carriedOut(name);
    expect([end.status, end.error]).toEqual(['failed', expect.stringContaining('Somebody has committed to')]);
    // the forge has put the step's commit after theirs
    expect(await lab.commits(name)).toEqual(['Initial commit', 'Add theirs.txt']);
    expect((await lab.read(name)).archived).toBe(false);
  });

  it('whoever makes a repository of that name in this moment keeps it', async () => {
    const name = newName();
    gate.before(CREATION, () => lab.forge.done('POST', `/orgs/${lab.name}/repos`, { name }));
    const end = await carriedOut(name);
    expect([end.status, end.error]).toEqual(['failed', expect.stringContaining('this step did not make it')]);
    expect((await lab.read(name)).empty).toBe(true);
  });

  it('whoever pushes after the undo has looked, and before it removes, keeps the repository', async () => {
    const name = newName();
    const run = await carriedOut(name);
    gate.before(CHANGE, () => lab.commit(name, 'theirs.txt', 'x'));
    const back = await undone(run);
    expect(back.steps[0].operations).toMatchObject([
      { status: 'skipped', message: 'somebody has committed to it' },
    ]);
    expect([await lab.commits(name), (await lab.read(name)).archived]).toEqual([
      ['Add theirs.txt', 'Initial commit'],
      false,
    ]);
  });

  it('a forge that does not answer makes the step wait, and it goes on', async () => {
    const name = newName();
    gate.before(COMMIT, () => Promise.reject(new Error('the connection breaks off')));
    const end = await carriedOut(name);
    expect([end.error, end.status, end.steps[0].attempts]).toEqual([null, 'completed', 2]);
    expect(await lab.commits(name)).toEqual(['Initial commit']);
  });
});
