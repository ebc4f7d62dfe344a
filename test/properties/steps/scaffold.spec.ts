import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import {
  filesProblem,
  GIT_SCAFFOLD,
  MAX_FILE_BYTES,
  pathProblem,
} from '../../../src/documents/step-types/types/git.js';
import { blobId, differenceOf, shownDifference } from '../../../src/steps/git/trees.js';

const segment = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,8}$/);
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((each) => each.join('/'));
const files = fc.dictionary(path, fc.string({ maxLength: 200 }), { maxKeys: 12 });
const treeOf = (texts: Record<string, string>, mode = '100644') =>
  new Map(Object.entries(texts).map(([each, text]) => [each, { sha: blobId(text), mode }]));

describe('the paths of files in a repository', () => {
  it.each([
    ...['', '/a', 'a/', 'a//b', '.', '..', 'a/../b', './a', 'a/.', '.git/config', '.GIT/hooks/x', 'a/.git/b'],
    ...['a\\b', 'a b', 'a\u0000b', 'a\nb', 'git~1/config', 'a:b', 'ü', 'a.', '-/../x', `${'a/'.repeat(20)}a`],
    ...['a'.repeat(101), '${inputs.x}', 'a*'],
  ])('refuses %j', (each) => {
    expect(pathProblem(each)).toBeDefined();
  });

  it.each(['README.md', '.gitignore', '.gitea/workflows/ci.yaml', 'a/b/c', '.github/x', 'a..b', 'a@1+2-3_4'])(
    'accepts %j',
    (each) => {
      expect(pathProblem(each)).toBeUndefined();
    },
  );

  it('never lead out of the repository or into .git, whatever they are', () => {
    const any = fc.array(fc.oneof(segment, fc.constantFrom('.', '..', '.git', '.Git', '', '~', 'a.')), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(any, (segments) => {
        const isBad = segments.length === 0 || segments.some((each) => !/^[A-Za-z0-9_-]+$/.test(each));
        expect(pathProblem(segments.join('/')) !== undefined).toBe(isBad);
      }),
    );
  });

  it.each([
    [{ a: '', 'a/b': '' }, 'a/b', 'is in a, which is a file'],
    [{ 'A/b': '', a: '' }, 'A/b', 'is in A, which is a file'],
    [{ 'README.md': '', 'readme.md': '' }, 'readme.md', 'differs from README.md only in the case of letters'],
    [{ a: 'ü'.repeat(MAX_FILE_BYTES / 2 + 1) }, 'a', 'must have at most 65536 bytes'],
    [
      Object.fromEntries(Array.from({ length: 5 }, (_, at) => [`f${at}`, 'x'.repeat(60_000)])),
      'f0',
      'and the others have more than 262144 bytes together',
    ],
    [
      Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`f${at}`, ''])),
      'f0',
      'is one of more than 100 files',
    ],
  ])('cannot be together in one tree: %#', (together, which, rule) => {
    expect(filesProblem(together)).toEqual({ path: which, rule });
  });
});

describe('the difference between files and a tree', () => {
  it('has each file exactly once: new, changed or the same', () => {
    fc.assert(
      fc.property(files, files, (wanted, there) => {
        const { added, changed, same } = differenceOf(wanted, treeOf(there));
        const names = [...Object.keys(added), ...Object.keys(changed)];
        expect(names.length + same).toBe(Object.keys(wanted).length);
        expect(Object.keys(added).every((each) => !(each in there))).toBe(true);
        expect(Object.keys(changed).every((each) => there[each] !== wanted[each])).toBe(true);
      }),
    );
  });

  it('is none once they are there, whatever else is in the tree', () => {
    fc.assert(
      fc.property(files, files, (wanted, more) => {
        const tree = treeOf({ ...more, ...wanted });
        expect(shownDifference(differenceOf(wanted, tree))).toBeUndefined();
      }),
    );
  });

  it('takes a link, or a program, for another file', () => {
    for (const mode of ['120000', '100755'])
      expect(differenceOf({ a: 'b' }, treeOf({ a: 'b' }, mode)).changed).toEqual({ a: blobId('b') });
  });

  it('has the ids that Git gives', () => {
    const text = 'Größe\n';
    const ids = execFileSync('git', ['hash-object', '--stdin'], { input: text }).toString().trim();
    expect(blobId(text)).toBe(ids);
    expect(blobId(text, 'a'.repeat(64))).toHaveLength(64);
  });
});

describe('the names that git.scaffold touches', () => {
  it('are the repository, the host that is called, and the path of the secret', () => {
    const webhook = {
      url: 'https://CI.example.org:8443/hook',
      secret_ref: { path: 'teams/field/hook', key: 'secret' },
    };
    expect(GIT_SCAFFOLD.touches({ repository: 'field-shop', webhook })).toEqual([
      { kind: 'repository', name: 'field-shop' },
      { kind: 'host', name: 'ci.example.org' },
      { kind: 'vault_path', name: 'teams/field/hook' },
    ]);
    expect(GIT_SCAFFOLD.touches({ repository: 'field-shop' })).toHaveLength(1);
  });
});
