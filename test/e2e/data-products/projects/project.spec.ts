import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { Secret } from '../../../../src/common/secret.js';
import { writeAccessible } from '../../../../src/data-products/project/accessible.js';
import { writeEnv } from '../../../../src/data-products/project/env-file.js';
import { withHiddenFolder } from '../../../../src/data-products/project/hidden-folder.js';
import { projectNameProblem } from '../../../../src/data-products/project/project-name.js';
import { type RemovalPolicy, removeProject } from '../../../../src/data-products/project/quarantine.js';
import { scaffold } from '../../../../src/data-products/project/scaffold.js';
import { tempDir } from '../../../support/service/temp.js';

const PROJECT = '{{cookiecutter.project_name}}';

function templateOf(files: Record<string, string>, variables: object = {}): string {
  const folder = tempDir('template');
  const json = JSON.stringify({ project_name: 'default', ...variables });
  for (const [path, content] of Object.entries({ 'cookiecutter.json': json, ...files })) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

const template = templateOf({
  [`${PROJECT}/run.sh`]: '#!/bin/sh\n',
  [`${PROJECT}/plain.txt`]: '{{ cookiecutter.project_name }}',
  [`${PROJECT}/a/b/c.txt`]: 'deep',
  'hooks/post_gen_project.sh': '#!/bin/sh\ntouch /tmp/minio-manager-hook-ran\n',
  'hooks/pre_gen_project.py': 'raise SystemExit(1)\n',
});
const access = {
  ...{
    endpoint: 'http://minio.example:9000',
    bucket: 'data-products',
    prefix: 'sales',
    accessKey: 'dp-sales',
  },
  secretKey: new Secret('s3cr3t-of-sales'),
};
const make = (outputPath: string, name: string, templatePath = template) =>
  scaffold({ templatePath, outputPath, name });
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
/** Everything below, as paths with the content of files. */
const all = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => `${path}:${lstatSync(path).isFile() ? readFileSync(path, 'utf8') : ''}`)
    .sort();

describe('a project is scaffolded', () => {
  it('whole, with run.sh executable and no hook run', async () => {
    const output = tempDir('products');
    expect(await make(output, 'sales')).toBe('created');
    expect(readdirSync(output)).toEqual(['sales']);
    expect(readFileSync(join(output, 'sales/plain.txt'), 'utf8')).toBe('sales');
    const modes = ['', 'run.sh', 'plain.txt', 'a', 'a/b/c.txt'].map((each) =>
      modeOf(join(output, 'sales', each)),
    );
    expect(modes).toEqual(['755', '755', '644', '755', '644']);
    expect(existsSync('/tmp/minio-manager-hook-ran')).toBe(false);
  });

  it('with the same rights whatever the umask', async () => {
    const output = tempDir('products');
    const before = process.umask(0o077);
    try {
      await make(output, 'sales');
    } finally {
      process.umask(before);
    }
    const modes = ['', 'run.sh', 'plain.txt', 'a'].map((each) => modeOf(join(output, 'sales', each)));
    expect(modes).toEqual(['755', '755', '644', '755']);
  });

  it('once: what is there stays as it is', async () => {
    const output = tempDir('products');
    await make(output, 'sales');
    writeFileSync(join(output, 'sales/plain.txt'), 'mine');
    mkdirSync(join(output, 'empty'));
    writeFileSync(join(output, 'file'), 'mine');
    symlinkSync('/nonexistent', join(output, 'dangling'));
    const before = all(output);
    for (const name of ['sales', 'empty', 'file', 'dangling'])
      expect(await make(output, name)).toBe('exists');
    expect(all(output)).toEqual(before);
  });

  it('by one of many that try at once', async () => {
    const output = tempDir('products');
    const results = await Promise.all(Array.from({ length: 20 }, () => make(output, 'sales')));
    expect(results.sort()).toEqual(['created', ...Array.from({ length: 19 }, () => 'exists')]);
    expect(readdirSync(output)).toEqual(['sales']);
    expect(readdirSync(join(output, 'sales'), { recursive: true })).toHaveLength(5);
  });

  it('without what dead processes left, beside what living ones work on', async () => {
    const output = tempDir('products');
    await make(output, 'first');
    const host = await hiddenHost(output);
    const leftover = (which: string, pid: number) => `.minio-manager-${which}-${pid}-0123456789ab`;
    const dead = [leftover(host, 4_194_305), leftover(host, process.pid)];
    const kept = [leftover(host, process.ppid), leftover('00000000', 1), '.minio-manager-mine'];
    const outside = tempDir('outside');
    writeFileSync(join(outside, 'x'), 'x');
    for (const name of [...dead, ...kept]) mkdirSync(join(output, name, 'deep'), { recursive: true });
    symlinkSync(outside, join(output, dead[0] as string, 'link'));
    await make(output, 'second');
    expect(readdirSync(output).sort()).toEqual([...kept, 'first', 'second'].sort());
    expect(readFileSync(join(outside, 'x'), 'utf8')).toBe('x');
  });

  it('whole or not at all when the process is killed, and what it left is cleared by the next', async () => {
    const output = tempDir('products');
    const built = join(import.meta.dirname, '../../../../dist/data-products/project/scaffold.js');
    const script = `import { scaffold } from ${JSON.stringify(built)};
      for (let n = 0; ; n += 1) {
        await scaffold({ ...${JSON.stringify({ templatePath: template, outputPath: output })}, name: process.pid + '-' + n });
        process.stdout.write('.');
      }`;
    let leftovers = 0;
    // by chance, eight kills may all come between two projects
    for (let round = 0; round < 8 || (leftovers === 0 && round < 60); round += 1) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      for (let made = 0; made <= round;) made += ((await once(child.stdout, 'data')) as [Buffer])[0].length;
      await new Promise((resolve) => setTimeout(resolve, round));
      child.kill('SIGKILL');
      await once(child, 'exit');
      const names = readdirSync(output);
      const projects = names.filter((name) => !name.startsWith('.'));
      leftovers += names.length - projects.length;
      expect(projects.length).toBeGreaterThan(round);
      for (const name of projects)
        expect(readdirSync(join(output, name), { recursive: true })).toHaveLength(5);
      await make(output, `after-${round}`);
      expect(readdirSync(output).filter((name) => name.startsWith('.'))).toEqual([]);
    }
    expect(leftovers).toBeGreaterThan(0);
  });

  it('beside what this process works on', async () => {
    const output = tempDir('products');
    await withHiddenFolder(output, async (hidden) => {
      mkdirSync(hidden);
      await make(output, 'sales');
      expect(readdirSync(output).sort()).toEqual([basename(hidden), 'sales']);
    });
    expect(readdirSync(output)).toEqual(['sales']);
  });

  it('nowhere but in its own folder, whatever the name', async () => {
    const parent = tempDir('parent');
    const output = join(parent, 'products');
    mkdirSync(output);
    const hostile = fc.constantFrom(
      '..',
      '.',
      '-rf',
      'a/b',
      '/etc',
      'a\0',
      'a\n',
      '',
      'A',
      '.deleted',
      'a'.repeat(65),
    );
    const near = fc.string({ unit: fc.constantFrom(...'az09+=,.@_-/\\\n\0 $A'), maxLength: 6 });
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.oneof(hostile, near, fc.constant('n'.repeat(64))), async (name) => {
        const before = all(parent);
        if (projectNameProblem(name) === undefined) {
          expect(await make(output, name)).toBe(seen.has(name) ? 'exists' : 'created');
          seen.add(name);
          expect(readdirSync(output).sort()).toEqual([...seen].sort());
          expect(readdirSync(parent)).toEqual(['products']);
        } else {
          await expect(make(output, name)).rejects.toMatchObject({ code: 'invalid_name' });
          expect(all(parent)).toEqual(before);
        }
      }),
      { numRuns: 150, examples: [['..'], ['n'.repeat(64)], ['a=b'], ['a..b'], ['a,b'], ['x\n']] },
    );
  });

  it('not through a link of its name, nor by a template that leads out', async () => {
    const [output, outside] = [tempDir('products'), tempDir('outside')];
    symlinkSync(outside, join(output, 'sales'));
    expect(await make(output, 'sales')).toBe('exists');
    const linked = templateOf({ [`${PROJECT}/x`]: 'x' });
    symlinkSync('/etc/hostname', join(linked, PROJECT, 'passwd'));
    const bad = [
      linked,
      templateOf({ [`${PROJECT}/{{ cookiecutter.up }}/x`]: 'x' }, { up: '..' }),
      templateOf({ [`${PROJECT}/{{ cookiecutter.up }}`]: 'x' }, { up: '../x' }),
      templateOf({ [`${PROJECT}/{{ cookiecutter.up }}`]: 'x' }, { up: '/etc/x' }),
      templateOf({ [`${PROJECT}/{{ 1 }}`]: 'x', [`${PROJECT}/1`]: 'x' }),
      templateOf({ [`${PROJECT}/x`]: '{% include "/etc/hostname" %}' }),
      templateOf({ [`${PROJECT}/x`]: '{{ cookiecutter.missing }}' }),
      templateOf({ [`${PROJECT}/x`]: '{% if %}' }),
      templateOf({ plain: 'x' }),
      templateOf({ [`${PROJECT}/x`]: 'x' }, { _extensions: ['jinja2_time.TimeExtension'] }),
    ];
    for (const each of bad)
      await expect(make(output, 'other', each)).rejects.toMatchObject({ code: 'invalid_template' });
    expect(readdirSync(output)).toEqual(['sales']);
    expect(readdirSync(outside)).toEqual([]);
  });
});

/** The part of a hidden folder's name that stands for this host, seen while one is in use. */
async function hiddenHost(output: string): Promise<string> {
  const making = make(output, 'probe');
  let found: string | undefined;
  while (found === undefined) {
    await new Promise((resolve) => setImmediate(resolve));
    found = readdirSync(output).find((name) => name.startsWith('.minio-manager-'));
  }
  await making;
  await removeProject({ outputPath: output, name: 'probe', policy: 'delete', now: new Date() });
  return found.split('-')[2] as string;
}

describe('.env', () => {
  const envIn = (folder: string) => join(folder, '.env');

  it('is for its owner alone, also where a wider one was, and written only if it differs', async () => {
    const folder = join(tempDir('products'), 'sales');
    mkdirSync(folder);
    writeFileSync(envIn(folder), 'old', { mode: 0o666 });
    expect(await writeEnv(folder, access)).toBe('written');
    expect(modeOf(envIn(folder))).toBe('600');
    const { ino } = statSync(envIn(folder));
    expect(await writeEnv(folder, access)).toBe('unchanged');
    expect(statSync(envIn(folder)).ino).toBe(ino);
    chmodSync(envIn(folder), 0o644);
    expect(await writeEnv(folder, access)).toBe('written');
    expect(modeOf(envIn(folder))).toBe('600');
    expect(await writeEnv(folder, { ...access, secretKey: new Secret('another-one') })).toBe('written');
    expect(readFileSync(envIn(folder), 'utf8')).toContain('S3_SECRET_KEY=another-one\n');
    expect(readdirSync(folder)).toEqual(['.env']);
    expect(readdirSync(join(folder, '..'))).toEqual(['sales']);
  });

  it('is never seen half-written', async () => {
    const folder = join(tempDir('products'), 'sales');
    mkdirSync(folder);
    const secrets = ['a'.repeat(500), 'b'.repeat(900)];
    await writeEnv(folder, { ...access, secretKey: new Secret(secrets[0] as string) });
    let done = false;
    const seen = new Set<string>();
    const reading = (async () => {
      while (!done) {
        seen.add(/S3_SECRET_KEY=(.*)\n$/.exec(readFileSync(envIn(folder), 'utf8'))?.[1] ?? 'cut off');
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (let round = 0; round < 100; round += 1)
      await writeEnv(folder, { ...access, secretKey: new Secret(secrets[round % 2] as string) });
    done = true;
    await reading;
    expect([...seen].sort()).toEqual(secrets);
  });

  it('is not written through links, pipes or folders, and the error holds no secret', async () => {
    const [products, outside] = [tempDir('products'), tempDir('outside')];
    writeFileSync(join(outside, 'target'), 'theirs');
    for (const kind of ['link', 'dangling', 'pipe', 'folder']) mkdirSync(join(products, kind));
    symlinkSync(join(outside, 'target'), join(products, 'link/.env'));
    symlinkSync(join(outside, 'new'), join(products, 'dangling/.env'));
    execFileSync('mkfifo', [join(products, 'pipe/.env')]);
    mkdirSync(join(products, 'folder/.env'));
    symlinkSync(outside, join(products, 'linked'));
    for (const kind of ['link', 'dangling', 'pipe', 'folder', 'linked']) {
      const error: unknown = await writeEnv(join(products, kind), access).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'unsafe_path' });
      expect(String(error)).not.toContain('s3cr3t');
    }
    expect(all(outside).map((each) => basename(each))).toEqual(['target:theirs']);
    expect(readdirSync(products).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

describe('ACCESSIBLE_DATA_PRODUCTS.txt', () => {
  it('appears with the first provider, loses one that left, and then says that there is none', async () => {
    const folder = join(tempDir('products'), 'report');
    mkdirSync(folder);
    const file = join(folder, 'ACCESSIBLE_DATA_PRODUCTS.txt');
    expect(await writeAccessible(folder, 'b', [])).toBe('unchanged');
    expect(existsSync(file)).toBe(false);
    const both = [{ namespace: 'sales' }, { namespace: 'hr', grantedAt: new Date(0) }];
    expect(await writeAccessible(folder, 'b', both)).toBe('written');
    expect(await writeAccessible(folder, 'b', both.toReversed())).toBe('unchanged');
    expect(modeOf(file)).toBe('644');
    await writeAccessible(folder, 'b', both.slice(0, 1));
    expect(readFileSync(file, 'utf8')).not.toContain('hr');
    await writeAccessible(folder, 'b', []);
    expect(readFileSync(file, 'utf8')).toBe('# No other data product has approved access.\n');
    expect(readdirSync(folder)).toEqual(['ACCESSIBLE_DATA_PRODUCTS.txt']);
  });

  it('is not written through a link', async () => {
    const [folder, outside] = [tempDir('product'), tempDir('outside')];
    symlinkSync(join(outside, 'x'), join(folder, 'ACCESSIBLE_DATA_PRODUCTS.txt'));
    await expect(writeAccessible(folder, 'b', [{ namespace: 'hr' }])).rejects.toMatchObject({
      code: 'unsafe_path',
    });
    await expect(writeAccessible(folder, 'b', [])).rejects.toMatchObject({ code: 'unsafe_path' });
    expect(readdirSync(outside)).toEqual([]);
  });
});

describe('a project is removed', () => {
  const now = new Date('2026-03-04T05:06:07.089Z');
  const remove = (outputPath: string, name: string, policy: RemovalPolicy) =>
    removeProject({ outputPath, name, policy, now });

  async function three(): Promise<string> {
    const output = tempDir('products');
    for (const name of ['sales', 'sales-extra', 'sale']) await make(output, name);
    return output;
  }

  it('by its policy, alone, and once', async () => {
    const output = await three();
    const before = all(output);
    expect(await remove(output, 'sales', 'keep')).toBe('kept');
    expect(all(output)).toEqual(before);
    expect(await remove(output, 'sales', 'quarantine')).toBe('quarantined');
    expect(readdirSync(output).sort()).toEqual(['.deleted', 'sale', 'sales-extra']);
    expect(readdirSync(join(output, '.deleted'))).toEqual(['sales-20260304T050607089Z']);
    expect(existsSync(join(output, '.deleted/sales-20260304T050607089Z/a/b/c.txt'))).toBe(true);
    for (const policy of ['keep', 'quarantine', 'delete'] as const)
      expect(await remove(output, 'sales', policy)).toBe('absent');
    expect(await make(output, 'sales')).toBe('created');
    expect(await remove(output, 'sales', 'quarantine')).toBe('quarantined');
    expect(readdirSync(join(output, '.deleted'))).toHaveLength(2);
    expect(await remove(output, 'sale', 'delete')).toBe('deleted');
    expect(readdirSync(output).sort()).toEqual(['.deleted', 'sales-extra']);
  });

  it('without following a link', async () => {
    const [output, outside] = [await three(), tempDir('outside')];
    writeFileSync(join(outside, 'x'), 'x');
    symlinkSync(outside, join(output, 'sales/a/link'));
    symlinkSync(outside, join(output, 'linked'));
    expect(await remove(output, 'sales', 'delete')).toBe('deleted');
    expect(await remove(output, 'linked', 'delete')).toBe('deleted');
    expect(readdirSync(output).sort()).toEqual(['sale', 'sales-extra']);
    symlinkSync(outside, join(output, '.deleted'));
    await expect(remove(output, 'sale', 'quarantine')).rejects.toMatchObject({ code: 'unsafe_path' });
    expect(readdirSync(outside)).toEqual(['x']);
  });

  it('never by a name that no project has', async () => {
    const output = await three();
    const before = all(output);
    for (const name of ['.', '..', '', 'sales/..', '.deleted', '-rf', 'sales/a', 'sales\0'])
      for (const policy of ['quarantine', 'delete'] as const)
        expect(await remove(output, name, policy)).toBe('absent');
    expect(all(output)).toEqual(before);
  });
});
