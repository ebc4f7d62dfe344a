import { deflateSync } from 'node:zlib';
import type { GitConfig, LookUp } from '../../../src/providers/sources/git/git-address.js';
import { readGit } from '../../../src/providers/sources/git/git-source.js';
import { requirePackSize } from '../../../src/providers/sources/git/pack-size.js';
import { type Entry, type GitRepository, GitServer } from '../../support/servers/git-server.js';
import { GitBench, refusal, TOKEN } from './git-bench.js';

describe('what a Git repository, its server or its address must not do', () => {
  const bench = new GitBench();
  const { specOf, read, withFiles } = bench;
  beforeAll(() => bench.start());
  afterAll(() => bench.server.stop());
  afterEach(() => bench.forget());

  describe('is refused with the name of the file', () => {
    const cases: [string, Record<string, Entry>, string, string][] = [
      [
        'a symbolic link',
        { 'workflows/b.yaml': { link: '../../../etc/passwd' } },
        'workflows/b.yaml',
        'symbolic link',
      ],
      ['a submodule', { lib: { submodule: 'ab'.repeat(20) } }, 'lib', 'submodule'],
      [
        'a pointer of LFS',
        { 'big.yaml': 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n' },
        'big.yaml',
        'Git LFS',
      ],
      [
        'a file of more than 256 KiB',
        { 'big.yaml': 'x'.repeat(256 * 1024 + 1) },
        'big.yaml',
        'more than 256 KiB',
      ],
      ['what is not text', { 'logo.png': Buffer.from([0x89, 0x50, 0xff]) }, 'logo.png', 'not text'],
      ['a NUL', { 'nul.yaml': 'a\0b' }, 'nul.yaml', 'NUL'],
      ['too deep a folder', { [`${'d/'.repeat(9)}x`]: 'x' }, 'd/d/d/d/d/d/d/d/d', 'folders deep'],
    ];

    it.each(cases)('%s', async (_, files, file, message) => {
      expect(await refusal(read(withFiles(files)))).toEqual([{ file }, expect.stringContaining(message)]);
    });

    it('10,000 files, 201 files in folders, and more than 5 MiB together', async () => {
      const many = (n: number, nameOf: (i: number) => string, text: string) =>
        Object.fromEntries(Array.from({ length: n }, (_, i) => [nameOf(i), text]));
      const flat = withFiles(many(10_000, (i) => `f${i}.yaml`, 'x'));
      expect(await refusal(read(flat))).toEqual([{ file: '/' }, 'has more than 200 files']);
      const spread = withFiles(many(201, (i) => `d${i % 20}/f${i}.yaml`, 'x'));
      expect(await refusal(read(spread))).toEqual([
        { file: expect.any(String) },
        'is one of more than 200 files',
      ]);
      const heavy = withFiles(many(25, (i) => `f${i}.yaml`, 'x'.repeat(250_000)));
      expect(await refusal(read(heavy))).toEqual([
        { file: expect.any(String) },
        expect.stringContaining('5 MiB'),
      ]);
    });
  });

  it('is refused before a small pack becomes a large one', async () => {
    const bomb = withFiles({ 'zeros.bin': Buffer.alloc(80 * 1024 * 1024) });
    expect(await refusal(read(bomb))).toEqual([
      { field: 'git_url' },
      expect.stringContaining('more than 64 MiB'),
    ]);
  });

  describe('at a server', () => {
    it('that wants a token is read with the one of the reference, by those who may use it', async () => {
      const made = withFiles({});
      bench.server.token = TOKEN;
      expect(await refusal(read(made))).toEqual([undefined, expect.stringContaining('401')]);
      expect((await read(made, { token_ref: 'forge' })).files.size).toBe(2);
      expect((await read(made, { token_ref: 'forge', team: 'Geo' })).files.size).toBe(2);
      const about = { field: 'token_ref' };
      expect((await refusal(read(made, { token_ref: 'forge', team: 'Other' })))[0]).toEqual(about);
      expect((await refusal(read(made, { token_ref: 'none' })))[0]).toEqual(about);
      const elsewhere = { ...bench.config, hosts: [...bench.config.hosts, `localhost:${bench.server.port}`] };
      const spec = specOf(made, {
        token_ref: 'forge',
        git_url: bench.server.urlOf(made).replace('127.0.0.1', 'localhost'),
      });
      expect((await refusal(readGit(spec, elsewhere)))[0]).toEqual(about);
    });

    it('that redirects is not followed', async () => {
      const made = withFiles({});
      let reached = 0;
      const inner = await new GitServer().start();
      inner.instead = (_, response) => {
        reached++;
        response.end();
      };
      bench.server.instead = (_, response) =>
        response.writeHead(302, { location: `http://${inner.host}/x` }).end();
      expect(await refusal(read(made))).toEqual([
        { field: 'git_url' },
        expect.stringContaining('redirected'),
      ]);
      await inner.stop();
      expect(reached).toBe(0);
    });

    it('that is away, that breaks off, that is no Git and that says 500 is an error that quotes nothing', async () => {
      const made = withFiles({});
      const says = async (instead: GitServer['instead']) => {
        bench.server.instead = instead;
        return refusal(read(made));
      };
      const secret = 'internal-page-of-somebody';
      const answers = [
        await says((request) => request.socket.destroy()),
        await says((_, response) =>
          response.writeHead(200, { 'content-length': '100' }).write('x', () => response.destroy()),
        ),
        await says((_, response) => response.end(secret)),
        await says((_, response) => response.writeHead(500).end(secret)),
      ];
      await bench.server.stop();
      answers.push(await refusal(read(made)));
      await bench.server.start();
      for (const [about, message] of answers) {
        expect(about).toBeUndefined();
        expect(message).toMatch(/^The Git server /);
        expect(message).not.toContain(secret);
      }
    });

    it('that never stops sending is cut off', async () => {
      const made = withFiles({});
      bench.server.instead = (_, response) => {
        const part = Buffer.alloc(1024 * 1024);
        const send = () => response.write(part, (error) => (error ? undefined : send()));
        send();
      };
      expect(await refusal(read(made))).toEqual([{ field: 'git_url' }, expect.stringContaining('16 MiB')]);
    });
  });

  describe('has an address', () => {
    const strict = (): GitConfig => ({ ...bench.config, hosts: ['git.example.org'], insecure: false });
    const at = (git_url: string, lookUp?: LookUp, own = strict()) =>
      refusal(readGit({ ...specOf({ name: 'x' } as GitRepository), git_url }, own, lookUp));

    it.each([
      'http://git.example.org/x.git',
      'file:///etc/passwd',
      'ext::sh -c touch% /tmp/pwned',
      'ssh://git@git.example.org/x.git',
      'git@git.example.org:x.git',
      '--upload-pack=touch /tmp/pwned',
      'https://user:secret@git.example.org/x.git',
      'https://git.example.org/x.git?a=b',
      'https://git.example.org/x.git#a',
      'https://other.example.org/x.git',
      'https://git.example.org:8443/x.git',
      'https://git.example.org.evil.example/x.git',
      'https://127.0.0.1/x.git',
    ])('that is refused: %s', async (url) => {
      const called: string[] = [];
      const [about, message] = await at(url, (host) => {
        called.push(host);
        return Promise.resolve([]);
      });
      expect(about).toEqual({ field: 'git_url' });
      expect(message).not.toContain('secret');
      expect(called).toEqual([]);
    });

    it.each([
      '127.0.0.1',
      '10.1.2.3',
      '172.16.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '0.0.0.0',
      '::1',
      '::ffff:10.0.0.1',
      'fd00::1',
      'fe80::1',
      '64:ff9b::a00:1',
    ])('whose name means %s, which is refused, also beside a public one', async (address) => {
      const family = address.includes(':') ? 6 : 4;
      const url = 'https://git.example.org/x.git';
      const private_ = [{ field: 'git_url' }, 'is at a host with a private address, which is not allowed'];
      expect(await at(url, () => Promise.resolve([{ address, family }]))).toEqual(private_);
      const two = [
        { address: '93.184.216.34', family: 4 },
        { address, family },
      ];
      expect(await at(url, () => Promise.resolve(two))).toEqual(private_);
    });

    it('that is looked up once: the connection goes where the check said', async () => {
      const made = withFiles({});
      const host = `git.example.org:${bench.server.port}`;
      let times = 0;
      const lookUp: LookUp = () => {
        times++;
        return Promise.resolve([{ address: times === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }]);
      };
      const spec = { ...specOf(made), git_url: `http://${host}/${made.name}.git` };
      const { files } = await readGit(spec, { ...bench.config, hosts: [host] }, lookUp);
      expect([files.size, times]).toEqual([2, 1]);
    });

    it('in a private network, if the host is listed as such, and never a link-local one', async () => {
      const listed = { ...strict(), privateHosts: ['git.example.org'] };
      const to = (address: string) =>
        at('https://git.example.org/x.git', () => Promise.resolve([{ address, family: 4 }]), listed);
      expect((await to('169.254.169.254'))[0]).toEqual({ field: 'git_url' });
      expect((await to('127.0.0.1'))[0]).toEqual({ field: 'git_url' });
    });
  });
});

// a delta of a few bytes that says it makes gigabytes
describe('a pack', () => {
  it('whose delta makes too much is refused', () => {
    const delta = deflateSync(Buffer.from([0x01, 0x80, 0x80, 0x80, 0x80, 0x20, 0x90, 0x01]));
    const header = Buffer.concat([Buffer.from('PACK'), Buffer.from([0, 0, 0, 2, 0, 0, 0, 1])]);
    const entry = Buffer.concat([Buffer.from([0x78]), Buffer.alloc(20, 1), delta]);
    const pack = Buffer.concat([header, entry, Buffer.alloc(20)]);
    expect(() => requirePackSize(pack)).toThrow('more than 64 MiB');
  });
});
