import { writeFileSync } from 'node:fs';
import { SigningKey } from '../../support/servers/git-server.js';
import { FILES, GitBench, refusal } from './git-bench.js';

describe('a provider in a Git repository', () => {
  const bench = new GitBench();
  const { repository, read, withFiles } = bench;
  beforeAll(() => bench.start());
  afterAll(() => bench.server.stop());
  afterEach(() => bench.forget());

  it('is read from the default branch, a branch, a tag and a commit, and the commit is told', async () => {
    const made = repository();
    const first = made.commit(FILES);
    const second = made.commit({ 'provider.yaml': 'name: new\n' });
    const other = made.commit({ 'provider.yaml': 'name: other\n' }, { branch: 'feature/x' });
    made.tag('v1', first);
    made.git('tag', 'light', first);
    const commits = async (ref: string | null) => (await read(made, { ref })).commit;
    expect(await commits(null)).toBe(second);
    expect(await commits('main')).toBe(second);
    expect(await commits('feature/x')).toBe(other);
    expect(await commits('v1')).toBe(first);
    expect(await commits('light')).toBe(first);
    expect(await commits(first)).toBe(first);
    expect([...(await read(made, { ref: 'v1' })).files]).toEqual(Object.entries(FILES));
  });

  it('is read from a folder, and nothing beside it', async () => {
    const made = withFiles({
      'teams/geo/provider.yaml': 'name: deep\n',
      'teams/.hidden': 'x',
      link: { link: '/etc/passwd' },
    });
    expect([...(await read(made, { path: 'teams/geo' })).files]).toEqual([['provider.yaml', 'name: deep\n']]);
    for (const path of ['teams/none', 'provider.yaml', 'link'])
      expect(await refusal(read(made, { path }))).toEqual([
        { field: 'path' },
        'is no folder of the repository',
      ]);
  });

  it('must have the branch, tag or commit', async () => {
    const made = withFiles({});
    expect(await refusal(read(made, { ref: 'gone' }))).toEqual([
      { field: 'ref' },
      expect.stringContaining('no branch'),
    ]);
    const commit = 'ab'.repeat(20);
    expect(await refusal(read(made, { ref: commit }))).toEqual([
      { field: 'ref' },
      expect.stringContaining('commit'),
    ]);
    expect(await refusal(read(repository()))).toEqual([undefined, 'The repository is empty']);
  });

  it('moves away from a pin to nowhere', async () => {
    const made = repository();
    const pin = made.commit(FILES);
    expect((await read(made, { pin })).commit).toBe(pin);
    const moved = made.commit({ 'provider.yaml': 'name: geo2\n' });
    expect(await refusal(read(made, { pin }))).toEqual([{ field: 'pin' }, expect.stringContaining(moved)]);
  });

  describe('with signers', () => {
    const [ours, theirs] = [new SigningKey(), new SigningKey()];
    const verify = { signers: [ours.publicKey] };
    const about = { field: 'verify' };

    it('is taken from a commit or a tag that one of them signed', async () => {
      const made = repository();
      const plain = made.commit(FILES);
      made.tag('v1', plain, ours);
      const signed = made.commit({ ...FILES, extra: 'ü' }, { signedBy: ours });
      expect((await read(made, { verify })).commit).toBe(signed);
      expect((await read(made, { verify, ref: 'v1' })).commit).toBe(plain);
      const both = { signers: [theirs.publicKey, ours.publicKey] };
      expect((await read(made, { verify: both })).commit).toBe(signed);
    });

    it('is refused from others, and without a signature', async () => {
      const made = repository();
      const plain = made.commit(FILES);
      made.tag('unsigned', plain);
      made.tag('foreign', plain, theirs);
      expect(await refusal(read(made, { verify }))).toEqual([about, expect.stringContaining('has none')]);
      expect(await refusal(read(made, { verify, ref: 'unsigned' }))).toEqual([
        about,
        expect.stringContaining('has none'),
      ]);
      const foreign = [about, expect.stringContaining('names none of those')];
      expect(await refusal(read(made, { verify, ref: 'foreign' }))).toEqual(foreign);
      made.commit(FILES, { signedBy: theirs });
      expect(await refusal(read(made, { verify }))).toEqual(foreign);
    });

    it('is refused if the signature is of another commit', async () => {
      const made = repository();
      const text = made.git('cat-file', 'commit', made.commit(FILES, { signedBy: ours }));
      const forged = made.commit({ 'provider.yaml': 'name: evil\n' });
      const tree = made.git('rev-parse', `${forged}^{tree}`);
      const path = `${made.dir}/forged`;
      writeFileSync(
        path,
        `${text.replace(/^tree .*/, `tree ${tree}`)}
`,
      );
      made.git('update-ref', 'refs/heads/main', made.git('hash-object', '-t', 'commit', '-w', path));
      expect(await refusal(read(made, { verify }))).toEqual([
        about,
        expect.stringContaining('names none of those'),
      ]);
    });
  });
});
