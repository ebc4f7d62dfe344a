import { GIT_SCAFFOLD } from '../../../src/documents/step-types/types/git.js';
import { GitScaffoldKind } from '../../../src/steps/git/scaffold.kind.js';
import type { Targets } from '../../../src/targets/targets.js';
import { FORGE_START_MS, hasForge, type Organization, workerForge } from '../../support/forge/server.js';
import { shown, StepRun, targetsWith } from '../../support/workflows/steps.js';

const FILES = {
  'README.md': '# Größe\n',
  '.gitignore': 'dist/\n',
  'src/deep/main.py': 'print("1")\n',
  'empty.txt': '',
};

(hasForge() ? describe : describe.skip)('repositories in a forge', () => {
  let lab: Organization;
  let targets: Targets;
  let count = 0;

  beforeAll(async () => {
    lab = await (await workerForge()).organization('lab');
    targets = targetsWith([lab.target()]);
  }, FORGE_START_MS);

  const newName = () => `field-${(count += 1)}`;
  const scaffold = (repository: string, more: object = {}) =>
    new StepRun(new GitScaffoldKind(targets), GIT_SCAFFOLD, { repository, files: FILES, ...more });
  const back = (repository: string, why?: string) =>
    `remove ${why === undefined ? 'done' : 'skipped'} repository ${lab.name}/${repository}${why === undefined ? '' : ` (${why})`}`;

  it('are planned, made with one commit, found again, and taken back', async () => {
    const name = newName();
    const run = scaffold(name, { description: 'The shop' });
    const target = `git forge: ${lab.name}/${name}`;
    expect(await run.plan()).toEqual([`create_repository ${target}`, `commit_files ${target}`]);
    expect(await lab.read(name)).toBeUndefined();
    const made = await run.apply();
    const there = await lab.read(name);
    expect(there).toMatchObject({
      private: true,
      description: 'The shop',
      default_branch: 'main',
      empty: false,
    });
    expect(await lab.commits(name)).toEqual(['Initial commit']);
    for (const [path, text] of Object.entries(FILES))
      expect([path, await lab.text(name, path)]).toEqual([path, text]);
    const [head] = await lab.read(name, '/commits');
    expect(made.outputs).toEqual({
      ...{ repository: `${lab.name}/${name}`, default_branch: 'main', commit: head.sha },
      ...{ clone_url: there.clone_url, html_url: there.html_url },
    });
    expect(JSON.stringify(made)).not.toContain(lab.token);
    // the same provision once more, as after a crash whose notes are lost
    expect((await run.apply()).outputs).toEqual(made.outputs);
    expect(await lab.commits(name)).toEqual(['Initial commit']);
    expect(shown(await run.undo(made))).toEqual([back(name)]);
    expect(await lab.read(name)).toBeUndefined();
    expect(shown(await run.undo(made))).toEqual([back(name, 'it was not there')]);
  });

  it('that are there already are never taken over, planned or made', async () => {
    const name = newName();
    await lab.forge.done('POST', `/orgs/${lab.name}/repos`, { name, private: true });
    const rule = `The repository ${lab.name}/${name} is there already, and this step did not make it`;
    await scaffold(name).expectRefused(rule);
    expect((await lab.read(name)).empty).toBe(true);
    const other = newName();
    const first = scaffold(other);
    await first.apply();
    // not even one that another run made with the same files
    await scaffold(other).expectRefused('is there already');
    expect(await lab.commits(other)).toEqual(['Initial commit']);
    await lab.write(other, '', { name: `${other}-renamed` }, 'PATCH');
    await scaffold(other).expectRefused('was renamed, and its old name still leads to it');
  });

  it.each<[string, string, (name: string) => Promise<unknown>]>([
    ['a commit', 'somebody has committed to it', (name) => lab.commit(name, 'theirs.txt', 'x')],
    [
      'a branch',
      'it has the branch theirs',
      (name) => lab.write(name, '/branches', { new_branch_name: 'theirs' }),
    ],
    ['a tag', 'it has the tag v1', (name) => lab.write(name, '/tags', { tag_name: 'v1' })],
    ['an issue', 'it has issues', (name) => lab.write(name, '/issues', { title: 'Broken' })],
    [
      'a closed issue',
      'it has issues',
      async (name) => {
        const { number } = await lab.write(name, '/issues', { title: 'Broken' });
        await lab.write(name, `/issues/${number}`, { state: 'closed' }, 'PATCH');
      },
    ],
    [
      'a pull request whose branch is gone',
      'it has pull requests',
      async (name) => {
        await lab.commit(name, 'theirs.txt', 'x', { new_branch: 'theirs' });
        await lab.write(name, '/pulls', { head: 'theirs', base: 'main', title: 'Theirs' });
        await lab.write(name, '/branches/theirs', {}, 'DELETE');
      },
    ],
    ['a fork', 'it has forks', (name) => lab.write(name, '/forks', { name: `${name}-fork` })],
    [
      'another name',
      'somebody has renamed it',
      (name) => lab.write(name, '', { name: `${name}-n` }, 'PATCH'),
    ],
    [
      'another repository in its place',
      'there is another one with its name',
      async (name) => {
        await lab.write(name, '', {}, 'DELETE');
        await lab.forge.done('POST', `/orgs/${lab.name}/repos`, { name });
      },
    ],
  ])('stay with %s, and the undo says why', async (_, why, work) => {
    const name = newName();
    const run = scaffold(name);
    const made = await run.apply();
    await work(name);
    expect(shown(await run.undo(made))).toEqual([back(name, why)]);
    const left = (await lab.read(name)) ?? (await lab.read(`${name}-n`));
    expect(left.archived).toBe(false);
  });

  it('are archived where the step says so, only while nobody else works in them', async () => {
    const [name, used] = [newName(), newName()];
    const runs = [name, used].map((each) => scaffold(each, { undo: 'archive' }));
    const [first, second] = [await runs[0]?.apply(), await runs[1]?.apply()];
    await lab.commit(used, 'theirs.txt', 'x');
    if (!first || !second) throw new Error('nothing was made');
    expect(shown((await runs[0]?.undo(first)) ?? { operations: [] })).toEqual([
      `remove done repository ${lab.name}/${name} (it is archived)`,
    ]);
    expect((await lab.read(name)).archived).toBe(true);
    expect(shown((await runs[1]?.undo(second)) ?? { operations: [] })).toEqual([
      back(used, 'somebody has committed to it'),
    ]);
    expect((await lab.read(used)).archived).toBe(false);
  });

  it('are refused before anything is made: paths, names, targets of others, no files', async () => {
    const name = newName();
    await expect(scaffold(name, { files: { '.git/config': 'x' } }).validate()).rejects.toThrow(
      'must not lie in .git',
    );
    await expect(scaffold('field.git').validate()).rejects.toThrow('must not end with .git');
    await expect(scaffold(name, { files: undefined, template: 't' }).validate()).rejects.toThrow(
      'the provider has no files in t',
    );
    const elsewhere = new StepRun(
      new GitScaffoldKind(targets),
      GIT_SCAFFOLD,
      { repository: name, files: FILES },
      'office',
    );
    await expect(elsewhere.validate()).rejects.toThrow(
      'no git target is configured for use by the team office',
    );
    expect(await lab.read(name)).toBeUndefined();
  });

  it('of a token that only makes them: it sees no others, archives its own, and deletes none', async () => {
    const makers = await lab.forge.organization('makers', 'maker');
    const own = targetsWith([makers.target()]);
    const made = (repository: string, more: object = {}) =>
      new StepRun(new GitScaffoldKind(own), GIT_SCAFFOLD, { repository, files: FILES, ...more });
    const hidden = newName();
    await makers.forge.done('POST', `/orgs/${makers.name}/repos`, { name: hidden, private: true });
    await expect(made(hidden).apply()).rejects.toThrow(
      `The name ${makers.name}/${hidden} is taken in the forge`,
    );
    expect((await makers.read(hidden)).empty).toBe(true);
    const [kept, archived] = [newName(), newName()];
    const run = made(kept);
    await expect(run.undo(await run.apply())).rejects.toThrow('it answered 403');
    expect((await makers.read(kept)).archived).toBe(false);
    const other = made(archived, { undo: 'archive' });
    await other.undo(await other.apply());
    expect((await makers.read(archived)).archived).toBe(true);
  });

  it('of a token without rights are refused, and it is in no message', async () => {
    const other = targetsWith([lab.target({ owner: 'nobody-has-this' })]);
    const name = newName();
    const run = new StepRun(new GitScaffoldKind(other), GIT_SCAFFOLD, { repository: name, files: FILES });
    const refused = await run.apply().then(
      () => undefined,
      (error: Error) => error,
    );
    expect(refused).toMatchObject({ code: 'target_refused' });
    expect(refused?.message).toContain('/orgs/nobody-has-this/repos of forge: it answered 404');
    expect(JSON.stringify(refused)).not.toContain(lab.token);
  });
});
