import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GitServer } from '../../support/servers/git-server.js';
import { problemOf } from '../../support/service/problems.js';
import { NO_LIMITS } from '../../support/access/sharing.js';
import { type Caller, type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';

const TOKEN = 'git-token-of-the-suite';
const WORKFLOW = `name: make
description: Creates a bucket
category: goldenpath
steps:
  - name: bucket
    type: storage.bucket
    with:
      bucket: maps
`;
const filesOf = (name: string) => ({
  'provider.yaml': `name: ${name}\nversion: 1.0.0\ndescription: Maps\nowner: geo\nworkflows_dir: workflows\n`,
  'workflows/make.yaml': WORKFLOW,
});

describe.each([
  ['PGlite', true],
  ['PostgreSQL', false],
])('providers on %s', (_, embedded) => {
  const dir = tempDir('providers');
  let server: GitServer;
  let stack: Stack;
  const [alice, bob, carol] = ['alice', 'bob', 'carol'].map((name) => (): Caller => stack.person(name)) as [
    () => Caller,
    () => Caller,
    () => Caller,
  ];

  function put(folder: string, files: Record<string, string>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, folder, path)), { recursive: true });
      writeFileSync(join(dir, folder, path), text);
    }
  }

  beforeAll(async () => {
    server = await new GitServer().start();
    server.token = TOKEN;
    put('atlas', filesOf('atlas'));
    const tokens = [{ name: 'forge', host: server.host, token: TOKEN, teams: ['Geo'] }];
    stack = await startStack({
      embedded,
      env: {
        ...NO_LIMITS,
        PROVIDERS_DIR: dir,
        PROVIDER_GIT_HOSTS: server.host,
        PROVIDER_GIT_INSECURE: 'true',
        PROVIDER_GIT_TOKENS: JSON.stringify(tokens),
      },
    });
    stack.secrets.add('the token of the Git server', TOKEN);
    for (const person of [alice(), bob(), carol()]) await person.get('/me');
    await stack.admin.post('/groups/Geo', { owners: ['alice'], members: ['bob'] });
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await server?.stop();
  });

  const request = (name: string, more: object = {}) => ({
    ...{ name, team: 'Geo', token_ref: 'forge', git_url: `http://${server.host}/${name}.git` },
    ...more,
  });
  const commitOf = async (name: string) =>
    (await bob().get(`/api/providers/Geo%2F${name}`)).body.source.commit as string;

  it('of the folder are there for everybody, and follow the folder on demand', async () => {
    const shown = (await carol().get('/api/providers/atlas')).body;
    expect(shown).toMatchObject({ name: 'atlas', team: null, status: 'ready', source: { type: 'folder' } });
    put('globe', filesOf('globe'));
    put('atlas', { 'provider.yaml': 'name: [' });
    const { body } = await stack.admin.post('/api/admin/reload');
    expect(body).toEqual({
      providers: [
        { name: 'atlas', status: 'failed', changed: false },
        { name: 'globe', status: 'ready', changed: true },
      ],
      removed: [],
    });
    const failed = (await carol().get('/api/providers/atlas')).body;
    expect(failed).toMatchObject({ digest: shown.digest, workflows: shown.workflows, status: 'failed' });
    expect(failed.error).toMatchObject({ code: 'provider_invalid', errors: [{ file: 'provider.yaml' }] });
    renameSync(join(dir, 'globe'), join(dir, 'earth'));
    rmSync(join(dir, 'atlas/provider.yaml'));
    symlinkSync('/etc/hostname', join(dir, 'earth/link'));
    const after = (await stack.admin.post('/api/admin/reload')).body;
    expect(after.removed.toSorted()).toEqual(['atlas', 'globe']);
    expect((await carol().get('/api/providers/earth')).body.error).toMatchObject({
      errors: [{ file: 'link' }],
    });
    rmSync(join(dir, 'earth'), { recursive: true });
    expect((await stack.admin.post('/api/admin/reload')).body.providers).toEqual([]);
  });

  it('in Git are loaded once, move on reload only, and keep the last good version', async () => {
    const repository = server.repository('maps');
    const first = repository.commit(filesOf('maps'));
    const made = await alice().post('/api/admin/providers', request('maps'));
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ name: 'Geo/maps', team: 'Geo', source: { commit: first } });
    const second = repository.commit({ ...filesOf('maps'), 'README.md': 'more' });
    expect(await commitOf('maps')).toBe(first);
    expect((await alice().post('/api/admin/providers/Geo%2Fmaps/reload')).body.source.commit).toBe(second);

    repository.commit({ 'provider.yaml': 'name: [' });
    const broken = await alice().post('/api/admin/providers/Geo%2Fmaps/reload');
    expect([broken.status, broken.body.code]).toEqual([422, 'provider_invalid']);
    expect(broken.body.errors[0]).toMatchObject({ file: 'provider.yaml', line: expect.any(Number) });
    await server.stop();
    const away = await alice().post('/api/admin/providers/Geo%2Fmaps/reload');
    expect(problemOf(away)).toEqual([502, 'git_error']);
    const shown = (await bob().get('/api/providers/Geo%2Fmaps')).body;
    expect(shown).toMatchObject({
      status: 'failed',
      error: { code: 'git_error' },
      source: { commit: second },
    });
    expect(shown.workflows).toHaveLength(1);
    await server.start();
    await stack.restart();
    expect(await commitOf('maps')).toBe(second);
  });

  it('are registered by those who may, and nothing is registered that cannot be loaded', async () => {
    server.repository('rivers').commit(filesOf('rivers'));
    for (const other of [bob(), carol()])
      expect(problemOf(await other.post('/api/admin/providers', request('rivers')))).toEqual([
        403,
        'forbidden',
      ]);
    const nobody = await alice().post('/api/admin/providers', request('rivers', { team: 'Nobody' }));
    expect(problemOf(nobody)).toEqual([403, 'forbidden']);
    const wrong = await alice().post('/api/admin/providers', request('rivers', { name: 'lakes' }));
    expect([wrong.status, wrong.body.code]).toEqual([422, 'provider_invalid']);
    const pinned = await alice().post('/api/admin/providers', request('rivers', { pin: 'ab'.repeat(20) }));
    expect(problemOf(pinned)).toEqual([422, 'unprocessable']);
    expect((await stack.admin.get('/api/providers/Geo%2Flakes')).status).toBe(404);
    expect((await alice().post('/api/admin/providers', request('rivers'))).status).toBe(201);
    expect(problemOf(await alice().post('/api/admin/providers', request('rivers')))).toEqual([
      409,
      'name_taken',
    ]);
  });

  it('of a team do not exist for others', async () => {
    const path = '/api/providers/Geo%2Frivers';
    for (const answer of [
      await carol().get(path),
      await carol().get(path.replace('api', 'api/admin')),
      await carol().post(`${path.replace('api', 'api/admin')}/reload`),
      await carol().delete(path.replace('api', 'api/admin')),
    ])
      expect(problemOf(answer)).toEqual([404, 'not_found']);
    expect(problemOf(await bob().post(`${path.replace('api', 'api/admin')}/reload`))).toEqual([
      403,
      'forbidden',
    ]);
    const names = async (who: Caller, list: string) =>
      (await who.get(list)).body.items.map(({ name }: { name: string }) => name);
    expect(await names(carol(), '/api/providers')).toEqual([]);
    expect(await names(carol(), '/api/golden-paths')).toEqual([]);
    expect(await names(bob(), '/api/providers')).toEqual(['Geo/maps', 'Geo/rivers']);
    expect(await names(bob(), '/api/admin/providers')).toEqual([]);
    expect(await names(alice(), '/api/admin/providers')).toEqual(['Geo/maps', 'Geo/rivers']);
    expect(problemOf(await bob().get('/api/golden-paths/make'))).toEqual([409, 'not_possible']);
    expect((await bob().get('/api/golden-paths/Geo%2Frivers%2Fmake')).body).toMatchObject({
      provider: 'Geo/rivers',
    });
  });

  it('are gone when they are removed, and not inherited by a new group of the name', async () => {
    const admin = '/api/admin/providers/Geo%2Frivers';
    expect((await alice().delete(admin)).status).toBe(204);
    expect((await stack.admin.delete(admin)).status).toBe(204);
    await stack.admin.delete('/admin/groups/Geo');
    await stack.admin.post('/groups/Geo', { owners: ['carol'] });
    expect(problemOf(await carol().get('/api/providers/Geo%2Fmaps'))).toEqual([404, 'not_found']);
    expect((await stack.admin.get('/api/providers/Geo%2Fmaps')).status).toBe(200);
  });
});
