import type { JsonObject, Reading, Workflow } from '../../../../src/documents/model.js';
import { readWorkflow } from '../../../../src/documents/workflows/read-workflow.js';
import { judgeStep, type Judged } from '../../../../src/governance/judge.js';
import { NO_POLICY } from '../../../../src/governance/policy.js';

/** A workflow with one step that makes a repository. */
const read = (fields: string, files: Record<string, string> = {}): Reading<Workflow> =>
  readWorkflow(
    'w.yaml',
    `name: w
description: A repository
parameters: [{name: app, type: string}]
steps:
  - name: scaffold
    type: gitea-repo
    with:
      repository: lab-shop
${fields.replace(/^/gm, '      ')}
`,
    {},
    new Map(Object.entries(files)),
  );
const withOf = ({ value, errors }: Reading<Workflow>): JsonObject => {
  expect(errors).toEqual([]);
  return value?.steps[0]?.with ?? {};
};
const said = ({ errors }: Reading<Workflow>) => errors.map(({ message }) => message);

describe('the template of a repository', () => {
  it.each(['template: templates/shop', 'template: ./templates/shop/'])(
    'is a folder of the provider, whose files the run keeps: %s',
    (field) => {
      const files = {
        'templates/shop/README.md': '# ${inputs.app}\n',
        'templates/shop/dot-gitignore': 'dist/\n',
        'templates/shop/dot-gitea/workflows/ci.yaml': 'run: echo $${HOME} {{ github.ref }}\n',
        'templates/shop/docs/dot-file/a-dot-b': '',
        'templates/shopping/README.md': 'another one',
        'README.md': 'of the provider',
      };
      expect(withOf(read(field, files))).toEqual({
        repository: 'lab-shop',
        files: {
          'README.md': '# ${inputs.app}\n',
          '.gitignore': 'dist/\n',
          '.gitea/workflows/ci.yaml': 'run: echo $${HOME} {{ github.ref }}\n',
          'docs/.file/a-dot-b': '',
        },
      });
    },
  );

  it.each([
    ['a reference that names nothing', '${inputs.aap}', /`\$\{inputs.aap\}` names nothing/],
    ['a reference that cannot be read, with the file', 'a ${{ x }} b', /^`t\/README.md`: /],
    ['a secret of a step', '${steps.x.outputs.password}', /names nothing/],
    ['logic of Go', '{{ if .parameters.app }}', /^`t\/README.md`: .*logic of Go/],
  ])('is refused with %s', (_, text, rule) => {
    expect(said(read('template: t', { 't/README.md': text }))).toEqual([expect.stringMatching(rule)]);
  });

  it('cannot reach .git, and is refused when it is too large', () => {
    expect(said(read('template: t', { 't/dot-git/config': '' }))).toEqual([
      'The file `.git/config` must not lie in .git',
    ]);
    const files = Object.fromEntries(Array.from({ length: 5 }, (_, at) => [`t/f${at}`, 'x'.repeat(60_000)]));
    expect(said(read('template: t', files))).toEqual([expect.stringContaining('bytes together')]);
  });

  it('is a folder or files, and one without files is a warning', () => {
    const both = read('template: t\nfiles: {a: b}', { 't/a': '' });
    expect(said(both)).toEqual([expect.stringContaining('mean the same')]);
    const { errors, warnings } = read('template: nothing');
    expect([errors, warnings.map(({ message }) => message)]).toEqual([
      [],
      ['The provider has no files in `nothing`: a run is refused'],
    ]);
    expect(said(read('files: {"../a": b}'))).toEqual([
      expect.stringContaining('`../a` must have no segment'),
    ]);
  });
});

describe('the names of repositories', () => {
  const whose = (team: string): Judged => ({
    ...{ team, requester: 'alice', homes: [], anyName: false },
    ...{ groups: new Set(['lab', 'lab-office']), users: new Set<string>(), buckets: new Set<string>() },
  });
  const refused = (team: string, input: JsonObject) =>
    judgeStep(NO_POLICY, { name: 's', type: 'git.scaffold', owner: null, input }, whose(team)).map(
      ({ rule }) => rule,
    );

  it('start with the name of the team, and not with that of another one', () => {
    expect(refused('Lab', { repository: 'lab-shop' })).toEqual([]);
    expect(refused('Lab', { repository: 'lab' })).toEqual([]);
    expect(refused('Lab', { repository: 'shop' })).toEqual([
      'the repository shop is none that a run for Lab may touch: lab, lab-*, lab_*',
    ]);
    expect(refused('Lab', { repository: 'lab-office-shop' })).toEqual([
      'the repository lab-office-shop is one of another team',
    ]);
    expect(refused('Lab-Office', { repository: 'lab-office-shop' })).toEqual([]);
  });

  it('no host is called without a policy', () => {
    const webhook = { url: 'https://ci.example.org/hook' };
    expect(refused('Lab', { repository: 'lab', webhook })).toEqual([
      'the host ci.example.org is none that a run for Lab may touch: there are none',
    ]);
  });
});
