import { createHash } from 'node:crypto';
import { problemOf } from '../../support/service/problems.js';
import * as sharing from '../../support/access/sharing.js';
import { pathOf, reads, rights, sessionOf } from '../../support/access/sharing.js';
import { homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const HOME = homeOf('alice');
const SERVICE = 'svc_0123456789abcdefghij';
const SERVICE_TOKENS = JSON.stringify([
  {
    name: 'hub',
    sha256: createHash('sha256').update(SERVICE).digest('hex'),
    scopes: ['credentials'],
  },
]);

describe('sharing by the rules', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: { ...sharing.NO_LIMITS, SERVICE_TOKENS } });
    await sharing.makePeople(stack, ['alice', 'bob', 'carol']);
    await stack.admin.post('/groups/KBase', { members: ['carol'] });
    await sharing.share(stack, 'bob', { path: pathOf(`${homeOf('bob')}given/`), with_users: ['alice'] });
  }, START_MS);
  afterAll(() => stack?.stop());

  const share = (body: object, query = '') => sharing.share(stack, 'alice', body, query);
  const unshare = (body: object, query = '') => sharing.unshare(stack, 'alice', body, query);
  const X = pathOf(`${HOME}x/`);

  async function nothingChanges(work: () => Promise<void>): Promise<void> {
    const before = await stack.state();
    await work();
    expect(await stack.state()).toEqual(before);
  }

  it.each<[string, object, number, string]>([
    ['no target', {}, 422, 'with_users'],
    ['empty lists', { with_users: [], with_groups: [] }, 422, 'with_users'],
    [
      '101 names',
      { with_users: Array.from({ length: 101 }, (_, index) => `user${index}`) },
      422,
      'with_users',
    ],
    ['a permission that is none', { with_users: ['bob'], permission: 'admin' }, 422, 'permission'],
    ['a permission in capitals', { with_users: ['bob'], permission: 'READ' }, 422, 'permission'],
    ['a long reason', { with_users: ['bob'], reason: 'x'.repeat(501) }, 422, 'reason'],
    ['an end in the past', { with_users: ['bob'], expires_at: '2020-01-01T00:00:00Z' }, 422, 'expires_at'],
    ['an end without a zone', { with_users: ['bob'], expires_at: '2099-01-01T00:00:00' }, 422, 'expires_at'],
    ['a day as the end', { with_users: ['bob'], expires_at: '2099-01-01' }, 422, 'expires_at'],
    ['words as the end', { with_users: ['bob'], expires_at: 'tomorrow' }, 422, 'expires_at'],
    ['a month that is none', { with_users: ['bob'], expires_at: '2099-13-01T00:00:00Z' }, 422, 'expires_at'],
    ['a day that is none', { with_users: ['bob'], expires_at: '2099-02-30T00:00:00Z' }, 422, 'expires_at'],
    ['29 February', { with_users: ['bob'], expires_at: '2099-02-29T00:00:00Z' }, 422, 'expires_at'],
    ['an hour that is none', { with_users: ['bob'], expires_at: '2099-01-01T24:00:00Z' }, 422, 'expires_at'],
    [
      'a zone that is none',
      { with_users: ['bob'], expires_at: '2099-01-01T00:00:00+99:00' },
      422,
      'expires_at',
    ],
    ['an unknown field', { with_users: ['bob'], forever: true }, 400, 'forever'],
    ['a field of unshare', { from_users: ['bob'] }, 400, 'from_users'],
    ['a name in place of a list', { with_users: 'bob' }, 400, 'with_users'],
    ['numbers as names', { with_users: [7] }, 400, 'with_users'],
    ['null', { with_users: null }, 400, 'with_users'],
    ['an object', { with_groups: { name: 'KBase' } }, 400, 'with_groups'],
    ['a number as the path', { with_users: ['bob'], path: 7 }, 400, 'path'],
    ['a number as the end', { with_users: ['bob'], expires_at: 4070908800 }, 400, 'expires_at'],
    ['null as the end', { with_users: ['bob'], expires_at: null }, 400, 'expires_at'],
    ['a number as the reason', { with_users: ['bob'], reason: 1 }, 400, 'reason'],
  ])('refuses %s: %j', (_, body, status, field) =>
    nothingChanges(async () => {
      const answer = await share({ path: X, ...body });
      expect(problemOf(answer)[0]).toBe(status);
      expect(answer.body.errors.map((each: any) => each.field)).toContain(field);
    }),
  );

  it('is done by the owner and by administrators, by nobody else', async () => {
    await stack.person('stranger').get('/me');
    await nothingChanges(async () => {
      for (const verb of ['share', 'unshare']) {
        const body = { path: X, ...(verb === 'share' ? { with_users: ['carol'] } : {}) };
        for (const caller of [stack.person('bob'), stack.person('stranger'), stack.caller(SERVICE)]) {
          expect(problemOf(await caller.post(`/users/alice/${verb}`, body))).toEqual([403, 'forbidden']);
          expect((await caller.post(`/users/ghost/${verb}`, body)).status).toBe(403);
        }
      }
    });
  });

  it('done by an administrator is as good as done by the owner', async () => {
    const bob = await sessionOf(stack, 'bob');
    const body = { path: pathOf(`${HOME}reports/`), with_users: ['bob'] };
    expect((await stack.admin.post('/users/alice/share', body)).body.results[0].status).toBe('granted');
    expect(await reads(bob, `${HOME}reports/there`)).toBe('ok');
    expect((await share(body)).body.results[0].status).toBe('unchanged');
    expect((await unshare({ path: body.path })).body.results[0].status).toBe('revoked');
    expect(await reads(bob, `${HOME}reports/there`)).toBe('AccessDenied');
  });

  it('refuses targets one by one: the others get it', async () => {
    const body = {
      path: X,
      with_users: ['bob', 'nobody', 'Bob', 'alice', 'bob', 'dp-x', '../carol'],
      with_groups: ['KBase', 'kbase', 'NoGroup', 'readonly', '-'],
    };
    const { status, body: answer } = await share(body);
    const results = answer.results.map(({ kind, name, status, code }: any) => [kind, name, code ?? status]);
    expect([status, answer.enforced, results]).toEqual([
      207,
      true,
      [
        ['user', 'bob', 'granted'],
        ['user', 'nobody', 'unknown_user'],
        ['user', 'Bob', 'invalid_name'],
        ['user', 'alice', 'own_path'],
        ['user', 'dp-x', 'invalid_name'],
        ['user', '../carol', 'invalid_name'],
        ['group', 'KBase', 'granted'],
        ['group', 'kbase', 'unknown_group'],
        ['group', 'NoGroup', 'unknown_group'],
        ['group', 'readonly', 'invalid_name'],
        ['group', '-', 'invalid_name'],
      ],
    ]);
    expect((await unshare({ path: X })).body.results).toHaveLength(2);
  });

  it('with nobody but who is refused is a problem that says what became of each, and changes nothing', () =>
    nothingChanges(async () => {
      const answer = await share({ path: X, with_users: ['nobody', 'alice'], with_groups: ['NoGroup'] });
      expect(problemOf(answer)).toEqual([422, 'all_refused']);
      const sentences = [
        "nobody has not logged in yet; with await_login, the share waits for nobody's first login.",
        'alice owns this path and needs no share of it.',
        'There is no group of this name that you can see; upper and lower case count.',
      ];
      expect(answer.body.results).toEqual([
        { kind: 'user', name: 'nobody', status: 'refused', code: 'unknown_user', message: sentences[0] },
        { kind: 'user', name: 'alice', status: 'refused', code: 'own_path', message: sentences[1] },
        { kind: 'group', name: 'NoGroup', status: 'refused', code: 'unknown_group', message: sentences[2] },
      ]);
      expect(answer.body.detail).toBe(sentences.join(' '));
    }));

  it('with many who are refused is a problem whose detail stays short', () =>
    nothingChanges(async () => {
      const with_users = Array.from({ length: 100 }, (_, index) => `nobody${index}`);
      const { detail } = (await share({ path: X, with_users, with_groups: ['-', 'readonly'] })).body;
      expect(detail).toMatch(/^nobody0 has not .*\bnobody4 .* And 96 more\.$/);
      const { body } = await share({ path: X, with_users: ['A secret', 'dp-x'], with_groups: ['-'] });
      expect(body.detail).toMatch(
        /^No user can have this name: [^.]*\. No group can have this name: [^.]*\.$/,
      );
    }));

  it('is refused by a rehearsal, too, when all are; one for some of them shows what would be done', () =>
    nothingChanges(async () => {
      const none = await share({ path: X, with_users: ['nobody', 'alice'] }, '?dry_run=true');
      expect(problemOf(none)).toEqual([422, 'all_refused']);
      expect(none.body.results.map(({ code }: any) => code)).toEqual(['unknown_user', 'own_path']);
      const some = await share({ path: X, with_users: ['nobody', 'bob'] }, '?dry_run=true');
      expect([some.status, some.body.plan.length > 0]).toEqual([200, true]);
      const gone = await unshare({ path: X, from_users: ['nobody'] }, '?dry_run=true');
      expect(problemOf(gone)).toEqual([422, 'all_refused']);
    }));

  it('is ended for who was never here or is gone by a refusal, one by one', async () => {
    await stack.admin.post('/users/goner');
    await share({ path: X, with_users: ['goner', 'bob'] });
    expect((await stack.admin.delete('/admin/users/goner')).status).toBe(204);
    const names = { from_users: ['goner', 'nobody', 'Bob'], from_groups: ['NoGroup'] };
    const refused = [
      ['user', 'goner', 'unknown_user', 'There is no user goner here, so nothing is shared with goner.'],
      ['user', 'nobody', 'unknown_user', 'There is no user nobody here, so nothing is shared with nobody.'],
      ['user', 'Bob', 'invalid_name', expect.stringMatching(/^No user can have this name/)],
      ['group', 'NoGroup', 'unknown_group', expect.stringMatching(/^There is no group of this name/)],
    ].map(([kind, name, code, message]) => ({ kind, name, status: 'refused', code, message }));
    const all = await unshare({ path: X, ...names });
    expect([...problemOf(all), all.body.results]).toEqual([422, 'all_refused', refused]);
    const some = await unshare({ path: X, ...names, from_users: ['bob', 'carol', ...names.from_users] });
    expect([some.status, some.body.results]).toEqual([
      207,
      [
        { kind: 'user', name: 'bob', status: 'revoked' },
        { kind: 'user', name: 'carol', status: 'not_shared' },
        ...refused,
      ],
    ]);
    const rest = await unshare({ path: X });
    expect([rest.status, rest.body.results]).toEqual([200, []]);
  });

  it('with oneself takes nothing of one’s own away', async () => {
    const alice = await sessionOf(stack, 'alice');
    for (const ask of [share, unshare])
      await ask({
        path: pathOf(`${HOME}reports/`),
        [ask === share ? 'with_users' : 'from_users']: ['alice'],
      });
    expect(await rights(alice, `${HOME}reports/`)).toEqual(sharing.all('ok'));
  });

  it('reaches a hundred at once', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `crowd${index}`);
    await Promise.all(names.map((name) => stack.admin.post(`/users/${name}`)));
    const path = pathOf(`${HOME}reports/`);
    const { status, body } = await share({ path, with_users: names });
    expect([status, body.enforced, body.results.length]).toEqual([200, true, 100]);
    const some = await Promise.all(
      [names[0], names[57], names[99]].map((name = '') => sessionOf(stack, name)),
    );
    for (const client of some) expect(await reads(client, `${HOME}reports/there`)).toBe('ok');
    const gone = await unshare({ path });
    expect([gone.status, gone.body.results.length]).toEqual([200, 100]);
    for (const client of some) expect(await reads(client, `${HOME}reports/there`)).toBe('AccessDenied');
  });
});
