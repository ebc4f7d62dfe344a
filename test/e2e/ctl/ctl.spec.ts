import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DeleteBucketCommand } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { ROOT } from '../../../scripts/node.mjs';
import { ctl, type Ended, programFolder } from '../../support/walks/ctl.js';
import { blocksOf, Terminal } from '../../support/walks/pages.js';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';
import { endOf, providerFiles, writeProviders } from '../../support/workflows/runs.js';

const HOOK = pathToFileURL(join(ROOT, 'test', 'support', 'service', 'loaded-files.mjs')).href;
/** The same files in every run, so that a change is judged by itself; CTL_SEED draws others. */
const SEED = Number(process.env.CTL_SEED ?? 1);
const FILES = 200;

describe('minio-managerctl', () => {
  let stack: Stack;
  let env: Record<string, string>;
  const providers = tempDir('providers');
  const folder = tempDir('work');

  beforeAll(async () => {
    // what the page shows stays as it is when the providers that come with the service change
    const shown = join(ROOT, 'test', 'fixtures', 'providers', 'small-team');
    cpSync(shown, join(providers, 'storage-team'), { recursive: true });
    stack = await startStack({ env: { ...NO_LIMITS, PROVIDERS_DIR: providers }, embedded: true });
    await makePeople(stack, ['alice']);
    await stack.admin.post('/groups/KBase', { members: ['alice'] });
    env = { MINIO_MANAGER_URL: stack.service.baseUrl, MINIO_MANAGER_TOKEN: stack.admin.token };
  }, START_MS);
  afterAll(() => stack?.stop());

  const run = (...args: string[]): Promise<Ended> => ctl(env, args, { cwd: folder });
  const written = (name: string, text: string): string => {
    const file = resolve(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };

  describe('its page', () => {
    const blocks = blocksOf(join(ROOT, 'docs', 'cli.md'));
    const shown = blocks.filter(({ language }) => language === 'sh' || language === 'text');
    let terminal: Terminal;

    beforeAll(() => {
      const path = `${programFolder()}:${process.env.PATH}`;
      terminal = new Terminal(tempDir('page'), { ...env, PATH: path, PROVIDERS_DIR: providers });
    });

    /** Ids, times and digests are others each time. */
    const masked = (text: string): string =>
      text
        .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
        .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME');

    const commands = shown.flatMap(({ language, text, line }, index) => {
      const after = shown[index + 1];
      return language === 'sh'
        ? [{ line, text, says: after?.language === 'text' ? after.text : undefined }]
        : [];
    });

    it.each(commands)('shows what commands say: line $line', async ({ text, says }) => {
      const said = await terminal.run(text);
      if (says !== undefined) expect(masked(said).trimEnd()).toBe(masked(says).trimEnd());
    });
  });

  describe('its exit code', () => {
    it.each<[string, string[], Record<string, string>]>([
      ['no such command', ['list-provider'], {}],
      ['no such option', ['list-providers', '--token', 'x'], {}],
      ['a format that is none', ['list-providers', '-o', 'xml'], {}],
      ['no address', ['list-providers'], { MINIO_MANAGER_URL: '' }],
      ['an address that is none', ['list-providers'], { MINIO_MANAGER_URL: 'ftp://x' }],
      ['no token', ['list-providers'], { MINIO_MANAGER_TOKEN: '' }],
      ['a parameter without a name', ['run', 'onboard-data-team', '--param', '=x'], {}],
      ['a file that is not there', ['run', 'onboard-data-team', 'nowhere.yaml'], {}],
      ['a folder that is not there', ['validate-provider', 'nowhere'], {}],
      ['a name of a provider that is none', ['init-provider', 'My Team'], {}],
    ])('is 2 for %s, with one line that says why', async (_, args, more) => {
      const { code, out, err } = await ctl({ ...env, ...more }, args, { cwd: folder });
      expect([code, out, err]).toEqual([
        2,
        '',
        expect.stringMatching(/^(error|minio-managerctl): .+\n(\(Did you mean .*\n)?$/),
      ]);
    });

    it('is 4 for a token that is not valid, and the problem is there with its request id', async () => {
      const { code, err } = await ctl({ ...env, MINIO_MANAGER_TOKEN: 'WRONG' }, ['list-providers']);
      expect([code, err]).toEqual([
        4,
        expect.stringMatching(/^minio-managerctl: A valid token is required: .*\n {2}request id: [\w-]+\n$/),
      ]);
    });

    it('is 1 for what does not exist, and for a service that does not answer', async () => {
      expect(await run('run', 'nothing')).toMatchObject({
        code: 1,
        err: expect.stringContaining('no such golden path'),
      });
      const away = await ctl({ ...env, MINIO_MANAGER_URL: 'http://127.0.0.1:9' }, ['list-providers']);
      expect(away).toMatchObject({ code: 1, err: expect.stringMatching(/does not answer/) });
    });

    it('is 2 for parameters and Score files that are not valid, with each rule', async () => {
      const wrong = await run(
        'run',
        'storage-team/create-bucket',
        '--team',
        'KBase',
        '--param',
        'versioning=no',
      );
      expect(wrong).toMatchObject({ code: 2, out: '' });
      expect(wrong.err.split('\n')).toEqual([
        'minio-managerctl: A rule is broken.',
        ...[
          '  parameters.bucket_name: This field is missing',
          '  parameters.versioning: It must be true or false',
        ],
        ...[expect.stringMatching(/^ {2}request id: /), ''],
      ]);
      const file = written(
        'score.yaml',
        'apiVersion: score.dev/v1b1\nmetadata: {name: shop}\nresources:\n  r: {type: redis}\n',
      );
      const score = await run('run', 'storage-team/create-bucket', file, '--team', 'KBase');
      expect(score).toMatchObject({
        code: 2,
        err: expect.stringContaining(`  ${file}:4:13: There are no resources of the type`),
      });
      const json = await run('run', 'storage-team/create-bucket', file, '--team', 'KBase', '-o', 'json');
      expect(JSON.parse(json.err)).toMatchObject({ code: 'score_invalid', status: 422 });
    });

    it('is 3 while a run waits, 4 for one in its way, 0 when it is done', async () => {
      const files = {
        'provider.yaml':
          'name: asks\nversion: 1.0.0\ndescription: Asks\nowner: asks\nworkflows_dir: workflows\n',
        'workflows/ask.yaml':
          'name: ask\ndescription: Asks\nsteps:\n  - {name: ask, type: approval, with: {message: Agreed?}}\n',
      };
      for (const [path, text] of Object.entries(files)) written(join(providers, 'asks', path), text);
      expect((await run('provider', 'reload')).code).toBe(0);
      const alice = { ...env, MINIO_MANAGER_TOKEN: stack.person('alice').token };
      const asked = ['run', 'asks/ask', '--team', 'KBase'];
      const waits = await ctl(alice, [...asked, '--follow', '-o', 'json']);
      const { id } = JSON.parse(waits.out);
      expect([waits.code, (await ctl(alice, ['status', id])).code]).toEqual([3, 3]);
      const second = await ctl(alice, asked);
      expect(second).toMatchObject({
        code: 4,
        err: expect.stringContaining(`Run ${id} of this workflow is in progress`),
      });
      const shown = await run('approve', id);
      const [, digest = ''] = /--plan ([0-9a-f]{64})/.exec(shown.out) ?? [];
      expect([shown.code, digest.length]).toEqual([3, 64]);
      expect((await ctl(alice, ['approve', id, '--plan', digest])).code).toBe(4);
      expect((await run('approve', id, '--plan', 'f'.repeat(64), '--bypass', 'alone')).code).toBe(4);
      const approved = await run(
        'approve',
        id,
        '--plan',
        digest.slice(0, 12),
        '--bypass',
        'nobody else is here',
      );
      expect([approved.code, approved.err]).toEqual([0, '']);
      await endOf(stack.admin, { id });
      const waiting = await ctl(alice, [...asked, '--wait', '-o', 'json']);
      const other = JSON.parse(waiting.out).id;
      expect((await run('receipt', other)).code).toBe(1);
      const cancelled = await ctl(alice, ['cancel', other, '--wait']);
      expect([cancelled.code, cancelled.out]).toEqual([0, expect.stringMatching(/status: +cancelled\n/)]);
      expect((await run('status', other)).code).toBe(1);
      expect((await run('status', id)).code).toBe(0);
      expect((await run('approve', id)).code).toBe(4);
      expect((await run('approvals')).out).toBe('Nothing waits for your approval.\n');
    });

    it('is 1 when a run has failed, and 4 for what a run is not ready for', async () => {
      const failing = { fails: 'steps: [{name: never, type: assert, with: {that: "1 > 2"}}]\n' };
      writeProviders(providers, providerFiles('failing', failing));
      await stack.admin.post('/api/admin/reload');
      const failed = await run('run', 'failing/fails', '--team', 'KBase', '--wait');
      expect([failed.code, failed.out]).toEqual([1, expect.stringMatching(/status: +failed/)]);
      rmSync(join(providers, 'failing'), { recursive: true });
      await stack.admin.post('/api/admin/reload');
      // its group may not be given a path in this bucket, which no provision has made
      await stack.rootS3.createBucket('ctl-fails');
      const wrong = ['--param', 'team=Ctl', '--param', 'bucket_name=ctl-fails', '--team', 'KBase'];
      for (const more of ['--dry-run', '--wait'])
        expect((await run('run', 'onboard-data-team', ...wrong, more)).code).toBe(2);
      const bucket = ['--param', 'bucket_name=ctl-undone', '--team', 'KBase'];
      const done = await run('run', 'storage-team/create-bucket', ...bucket, '--wait', '-o', 'json');
      const { id } = JSON.parse(done.out);
      expect([done.code, (await run('retry', id)).code, (await run('cancel', id)).code]).toEqual([0, 4, 4]);
      const rejected = await run('reject', id, '--reason', 'no');
      expect(rejected).toMatchObject({ code: 4, err: expect.stringMatching(/request id: /) });
    });
  });

  it('verifies what a run made, and shows its receipts', async () => {
    const bucket = ['--param', 'bucket_name=ctl-proof', '--team', 'KBase'];
    const { out } = await run('run', 'storage-team/create-bucket', ...bucket, '--wait', '-o', 'json');
    const { id } = JSON.parse(out);
    expect((await run('verify', id)).code).toBe(0);
    await stack.rootS3.client.send(new DeleteBucketCommand({ Bucket: 'ctl-proof' }));
    const missing = await run('verify', id);
    expect([missing.code, missing.out]).toEqual([
      1,
      expect.stringMatching(/storage\.bucket +differs +create_bucket bucket ctl-proof/),
    ]);
    const shown = await run('receipt', id, '--number', '1');
    expect([shown.code, shown.out]).toEqual([
      0,
      expect.stringMatching(/^run: +[^]*\nSigned:\neyJ[\w.-]+\n$/),
    ]);
    const { receipt, payload } = JSON.parse((await run('receipt', id, '-o', 'json')).out);
    expect([shown.out.includes(receipt), payload.run_id]).toEqual([true, id]);
    expect([
      (await run('receipt', id, '--number', '2')).code,
      (await run('receipt', id, '--number', 'x')).code,
    ]).toEqual([1, 2]);
  });

  it('ends without a word when nobody reads what it shows', async () => {
    const shell = new Terminal(folder, { ...env, PATH: `${programFolder()}:${process.env.PATH}` });
    expect(await shell.run('set +o pipefail; { minio-managerctl list-providers 2>&4 | true; } 4>&1')).toBe(
      '',
    );
  });

  it('agrees with the service on generated providers: the same verdict, the same messages', async () => {
    const folders = fc.sample(provider(), { seed: SEED, numRuns: FILES }).map((files, index) => {
      const base = join(folder, 'generated', String(index));
      for (const [path, text] of Object.entries(files)) written(join('generated', String(index), path), text);
      return { base, files };
    });
    const { out, err } = await run('validate-provider', ...folders.map(({ base }) => base), '-o', 'json');
    expect(err).toBe('');
    const local = JSON.parse(out);
    for (const [index, { base, files }] of folders.entries()) {
      const there = (await stack.admin.post('/api/providers/validate', { files })).body;
      expect(local[index]).toEqual({ folder: base, ...there });
    }
    const valid = local.filter((each: { valid: boolean }) => each.valid).length;
    expect([valid > FILES / 10, valid < (FILES * 9) / 10]).toEqual([true, true]);
  });

  it('asks without the code of the service: neither its packages nor Nest are loaded', async () => {
    const files = join(folder, 'loaded');
    writeFileSync(files, '');
    const { code } = await ctl({ ...env, LOADED_FILES: files }, ['list-providers'], {
      nodeArgs: ['--import', HOOK],
    });
    const loaded = readFileSync(files, 'utf8')
      .split('\n')
      .filter((url) => url.startsWith('file:'));
    expect([code, loaded.filter((url) => /dist\/packages|@nestjs/.test(url))]).toEqual([0, []]);
    expect(loaded.length).toBeLessThan(40);
  });
});

/** A provider as people write it: the template, with some of its lines changed. */
function provider(): fc.Arbitrary<Record<string, string>> {
  const base = join(ROOT, 'templates', 'provider');
  const paths = ['provider.yaml', 'workflows/create-bucket.yaml', 'workflows/new-project.yaml'];
  const texts = Object.fromEntries(paths.map((path) => [path, readFileSync(join(base, path), 'utf8')]));
  const garbage = fc.constantFrom(
    ...[
      '- x',
      'name: again',
      '  type: storage.buckets',
      '\tname: tab',
      'a: [',
      '&a x: *b',
      'on_failure: never',
    ],
    ...[
      '    if: inputs.nothing',
      'category: goldenpath',
      '  with: {bucket: "${steps.none.outputs.x}"}',
      '# only said',
    ],
    ...[
      '    default: "false"',
      'supported_resources: [redis]',
      '    pattern: (?=x)',
      'triggers: [manual]',
      '',
    ],
  );
  const change = fc.record({
    path: fc.constantFrom(...paths),
    line: fc.nat({ max: 25 }),
    how: fc.constantFrom('drop', 'repeat', 'add', 'indent', 'shorten', 'rename', 'remove'),
    text: garbage,
  });
  return fc.array(change, { maxLength: 3 }).map((changes) => {
    // a folder without files is no folder of Git
    const files: Record<string, string> = { ...texts, 'README.md': 'generated' };
    for (const { path, line, how, text } of changes) {
      const lines = (files[path] ?? '').split('\n');
      const at = line % lines.length;
      const old = lines[at] ?? '';
      if (how === 'drop') lines.splice(at, 1);
      if (how === 'repeat') lines.splice(at, 0, old);
      if (how === 'add') lines.splice(at, 0, text);
      if (how === 'indent') lines[at] = ` ${old}`;
      if (how === 'shorten') lines[at] = old.slice(0, -1);
      files[path] = lines.join('\n');
      if (how === 'rename') files[path.replace('.yaml', '.yml')] = files[path];
      if (how === 'rename' || (how === 'remove' && line % 4 === 0)) delete files[path];
    }
    return files;
  });
}
