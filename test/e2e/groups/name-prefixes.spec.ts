import { differences } from '../../support/access/drift.js';
import { problemOf } from '../../support/service/problems.js';
import { outcome, type S3 } from '../../support/access/s3.js';
import * as sharing from '../../support/access/sharing.js';
import { lists, pathOf, reads, sessionOf, writes } from '../../support/access/sharing.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const TEAM = 'team/u_alice__';
const DENIED = 'AccessDenied';
const PEOPLE = ['alice', 'bob', 'carol', 'dave'];

/** A name prefix `team/u_alice__*` is every key that starts so: databases of one person in a folder of many, as Hive names them. */
describe('grants of name prefixes', () => {
  let stack: Stack;
  const of: Record<string, S3> = {};
  const as = (name: string): S3 => of[name] as S3;

  beforeAll(async () => {
    stack = await startStack({ env: sharing.NO_LIMITS });
    await sharing.makePeople(stack, PEOPLE);
    for (const name of PEOPLE) of[name] = await sessionOf(stack, name);
    for (const key of [`${TEAM}a.db/t/part`, `${TEAM}file`, 'team/u_bob__a.db/t/part', 'team/u_alice'])
      await stack.rootS3.put(BUCKET, key, key);
    const grants = [{ path: pathOf(`${TEAM}*`), permission: 'write' }];
    const { status, body } = await stack.admin.post('/groups/Team', {
      members: ['alice'],
      readers: ['bob'],
      grants,
    });
    expect([status, body.grants[0].path, body.enforced]).toEqual([201, pathOf(`${TEAM}*`), true]);
  }, START_MS);
  afterAll(() => stack?.stop());

  it('give every key and folder that starts so, to members and to readers', async () => {
    for (const key of [`${TEAM}a.db/t/part`, `${TEAM}file`]) {
      expect([await reads(as('alice'), key), await reads(as('bob'), key)]).toEqual(['ok', 'ok']);
      expect(await reads(as('dave'), key)).toBe(DENIED);
    }
    for (const key of [`${TEAM}new.db/t/part`, `${TEAM}x`]) {
      expect([await writes(as('alice'), key), await writes(as('bob'), key)]).toEqual(['ok', DENIED]);
      expect(await outcome(() => as('alice').delete(BUCKET, key))).toBe('ok');
    }
    const parts = [new Uint8Array([1])];
    expect(await outcome(() => as('alice').multipart(BUCKET, `${TEAM}m.db/part`, parts))).toBe('ok');
  });

  it('list exactly that', async () => {
    for (const prefix of [TEAM, `${TEAM}a`, `${TEAM}a.db/`, `${TEAM}none.db/`])
      expect([prefix, await lists(as('bob'), prefix)]).toEqual([prefix, 'ok']);
    for (const prefix of ['', 'team/', 'team/u_', 'team/u_alice', 'team/u_alice_', 'team/u_bob__'])
      expect([prefix, await lists(as('bob'), prefix)]).toEqual([prefix, DENIED]);
    const found = await as('bob').list(BUCKET, TEAM, '/');
    expect(found).toEqual(expect.arrayContaining([`${TEAM}a.db/`, `${TEAM}file`]));
    expect(found.filter((key) => !key.startsWith(TEAM))).toEqual([]);
  });

  it('give nothing beside it', async () => {
    for (const key of [
      'team/u_alice',
      'team/u_bob__a.db/t/part',
      'team',
      'team/',
      homeOf('carol') + 'reports/there',
    ])
      expect([key, await reads(as('alice'), key)]).toEqual([key, DENIED]);
  });

  it('answer what s3a asks about a table that does not exist yet with 404, not with 403', async () => {
    const table = `${TEAM}new.db/table`;
    for (const key of [table, `${TEAM}new.db`, `${table}/`])
      expect([key, await outcome(() => as('alice').head(BUCKET, key))]).toEqual([key, 'NotFound']);
    expect(await as('alice').list(BUCKET, `${table}/`)).toEqual([]);
    // what is above is refused, and s3a goes on without it
    expect(await outcome(() => as('alice').head(BUCKET, 'team'))).toBe(DENIED);
  });

  it('are explained', async () => {
    const asked = (user: string, key: string, action: string) =>
      stack.admin.get(`/access/check?user=${user}&action=${action}&path=${encodeURIComponent(pathOf(key))}`);
    for (const key of [`${TEAM}a.db/t/`, `${TEAM}file`])
      expect((await asked('bob', key, 'read')).body).toMatchObject({
        allowed: true,
        because: [{ via: 'group Team', grant: { path: pathOf(`${TEAM}*`), permission: 'write' } }],
      });
    expect((await asked('bob', `${TEAM}file`, 'write')).body.allowed).toBe(false);
    expect((await asked('alice', 'team/u_alice/', 'read')).body.allowed).toBe(false);
    const who = await stack.admin.get(`/access?path=${encodeURIComponent(pathOf(`${TEAM}a.db/`))}`);
    expect(who.body.principals).toMatchObject([{ kind: 'group', name: 'Team', permission: 'write' }]);
    const below = await stack.admin.get(`/access?below=true&path=${encodeURIComponent(pathOf('team/'))}`);
    expect(below.body.principals).toMatchObject([{ kind: 'group', name: 'Team' }]);
    const { body } = await stack.person('alice').get('/users/alice/access');
    expect(body.items).toContainEqual(
      expect.objectContaining({ path: pathOf(`${TEAM}*`), permission: 'write' }),
    );
  });

  it('are held as they should be, and come back when somebody changes them', async () => {
    expect(await differences(stack)).toEqual([]);
    const { document } = await stack.root.policies.info('mgr:group:Team:1');
    const text = JSON.stringify(document).replaceAll('u_alice__*', 'u_*');
    await stack.root.policies.put('mgr:group:Team:1', JSON.parse(text));
    expect(await differences(stack)).not.toEqual([]);
    await stack.admin.post('/admin/reconcile');
    expect(await differences(stack)).toEqual([]);
    expect(await reads(as('alice'), 'team/u_bob__a.db/t/part')).toBe(DENIED);
  });

  it('are no shares of people', async () => {
    const path = pathOf(`${homeOf('alice')}x*`);
    for (const [call, body] of [
      ['share', { path, with_users: ['bob'] }],
      ['unshare', { path }],
    ] as const) {
      const answer = await stack.person('alice').post(`/users/alice/${call}`, body);
      problemOf(answer);
      expect([answer.status, answer.body.errors]).toEqual([
        422,
        [{ field: 'path', rule: 'none of * ? $ { }' }],
      ]);
    }
    const asked = { path, permission: 'read', reason: 'x' };
    expect((await stack.person('bob').post('/access-requests', asked)).status).toBe(422);
    const grants = [{ path: pathOf('team/*'), permission: 'read' }];
    expect((await stack.admin.post('/groups/Team', { grants })).status).toBe(422);
  });

  it('end with the group’s grant', async () => {
    await stack.admin.post('/groups/Team', { grants: [] });
    expect(await reads(as('alice'), `${TEAM}file`)).toBe(DENIED);
    expect(await lists(as('bob'), TEAM)).toBe(DENIED);
  });
});
