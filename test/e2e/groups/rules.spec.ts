import { createHash } from 'node:crypto';
import { problemOf, rawRequest } from '../../support/service/problems.js';
import { makePeople, NO_LIMITS, pathOf } from '../../support/access/sharing.js';
import { homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const SERVICE = 'svc_0123456789abcdefghij';
const SERVICE_TOKENS = JSON.stringify([
  {
    name: 'hub',
    sha256: createHash('sha256').update(SERVICE).digest('hex'),
    scopes: ['credentials'],
  },
]);
const REFERENCE = pathOf('reference/genomes/');
const grant = (path: string, more: object = {}) => ({ grants: [{ path, permission: 'read', ...more }] });

/** As they stand in the path of a request; the code that the grammar wants. */
const NAMES: [string, string, string][] = [
  ...['everyone', 'Everyone', 'EVERYONE', 'readonly', 'ReadOnly', 'consoleAdmin', 'CONSOLEADMIN'],
  ...['readwrite', 'writeonly', 'diagnostics', 'Diagnostics'],
]
  .map((name): [string, string, string] => ['reserved', name, 'reserved_name'])
  .concat(
    ['x', '1st', '_x', '-x', 'x'.repeat(64), 'with%20space', 'dot.dot', 'at@home', 'a%2Fb', 'a%2C', 'a*'].map(
      (name): [string, string, string] => ['against the grammar', name, 'unprocessable'],
    ),
    ['mgr:everyone', 'mgr:readers:KBase', 'KBase%00', 'Gr%C3%BCn', '%D0%90bc', '%2e%2e', 'a%0Ab'].map(
      (name): [string, string, string] => ['against the grammar', name, 'unprocessable'],
    ),
  );

/** Bodies that break a rule: what is wrong, status, field. */
const BODIES: [string, object, number, string][] = [
  ['a user in two lists', { members: ['bob'], owners: ['bob'] }, 422, 'owners'],
  ['a reader who is a member', { members: ['bob'], readers: ['alice', 'bob'] }, 422, 'readers'],
  ['an unknown member', { members: ['bob', 'nobody'] }, 422, 'members'],
  ['an unknown reader', { readers: ['nobody'] }, 422, 'readers'],
  ['a name that is none as an owner', { owners: ['Bob'] }, 422, 'owners'],
  ['1,001 members', { members: Array.from({ length: 1001 }, (_, index) => `user${index}`) }, 422, 'members'],
  ['a long description', { description: 'x'.repeat(501) }, 422, 'description'],
  ['201 grants', { grants: Array(201).fill({ path: REFERENCE, permission: 'read' }) }, 422, 'grants'],
  ['a grant in another bucket', grant('s3a://other-lake/x/'), 422, 'grants.0.path'],
  ['a grant of the whole bucket', grant('s3a://cdm-lake/'), 422, 'grants.0.path'],
  ['a grant with a wildcard', grant(pathOf('x*y')), 422, 'grants.0.path'],
  ['a grant with a way up', grant(pathOf('x/../y/')), 422, 'grants.0.path'],
  ['a grant without a permission', { grants: [{ path: REFERENCE }] }, 422, 'grants.0.permission'],
  [
    'a grant that has ended',
    grant(REFERENCE, { expires_at: '2020-01-01T00:00:00Z' }),
    422,
    'grants.0.expires_at',
  ],
  [
    'a grant that ends on no day',
    grant(REFERENCE, { expires_at: '2099-02-30T00:00:00Z' }),
    422,
    'grants.0.expires_at',
  ],
  ['an unknown field', { colour: 'red' }, 400, 'colour'],
  ['an unknown field of a grant', grant(REFERENCE, { reason: 'x' }), 400, 'grants.0.reason'],
  ['a name in place of a list', { members: 'bob' }, 400, 'members'],
  ['null', { readers: null }, 400, 'readers'],
  ['a grant that is none', { grants: ['x'] }, 400, 'grants'],
  ['a number as the description', { description: 1 }, 400, 'description'],
];

describe('groups by the rules', () => {
  let stack: Stack;

  beforeAll(async () => {
    const env = { ...NO_LIMITS, SERVICE_TOKENS, GRANTABLE_BUCKETS: 'cdm-lake,second-lake' };
    stack = await startStack({ env });
    await makePeople(stack, ['alice', 'bob', 'carol', 'dave']);
    await stack.admin.post('/groups/KBase', { members: ['bob'], readers: ['carol'], owners: ['alice'] });
  }, START_MS);
  afterAll(() => stack?.stop());

  const as = (name: string) => stack.person(name);
  const rolesOf = (body: any) =>
    Object.fromEntries(body.members.map((each: any) => [each.user_name, each.role]));

  async function nothingChanges(work: () => Promise<void>): Promise<void> {
    const before = await stack.state();
    await work();
    expect(await stack.state()).toEqual(before);
  }

  it('refuses names that are reserved or against the grammar, everywhere, and changes nothing', () =>
    nothingChanges(async () => {
      const json = { body: '{}', headers: { 'content-type': 'application/json' } };
      const member = { ...json, body: '{"user_name": "bob", "role": "member"}' };
      for (const [why, name, code] of NAMES) {
        for (const [method, path, more] of [
          ['POST', `/groups/${name}`, json],
          ['POST', `/groups/${name}/members`, member],
          ['DELETE', `/groups/${name}/members/bob`, {}],
          ['DELETE', `/admin/groups/${name}`, {}],
        ] as const) {
          const answer = await rawRequest(stack.service, stack.admin.token, { method, path, ...more });
          expect([why, method, path, ...problemOf(answer)]).toEqual([why, method, path, 422, code]);
        }
      }
    }));

  it.each(BODIES)(
    'refuses %s, for a new group and for one that is there, and changes nothing',
    (_, body, status, field) =>
      nothingChanges(async () => {
        for (const name of ['KBase', 'NewGroup']) {
          const answer = await stack.admin.post(`/groups/${name}`, body);
          expect([name, problemOf(answer)[0]]).toEqual([name, status]);
          expect(answer.body.errors.map((each: any) => each.field)).toContain(field);
        }
      }),
  );

  it('says of a user who was never here that it is unknown', async () => {
    expect((await stack.admin.post('/groups/KBase', { members: ['nobody'] })).body.code).toBe('unknown_user');
    const body = { user_name: 'nobody', role: 'member' };
    expect(problemOf(await stack.admin.post('/groups/KBase/members', body))).toEqual([422, 'unknown_user']);
  });

  it.each<[object, number]>([
    [{ user_name: 'dave' }, 422],
    [{ user_name: 'dave', role: 'admin' }, 422],
    [{ role: 'member' }, 400],
    [{ user_name: ['dave'], role: 'member' }, 400],
    [{ user_name: 'dave', role: 'member', until: 'x' }, 400],
  ])('refuses a member that is none: %j', (body, status) =>
    nothingChanges(async () => {
      expect(problemOf(await stack.admin.post('/groups/KBase/members', body))[0]).toBe(status);
    }),
  );

  it('is changed by owners and administrators only, and granted paths by administrators only', () =>
    nothingChanges(async () => {
      const asks: [string, (name: string) => ReturnType<Stack['admin']['post']>][] = [
        ['change', (name) => as(name).post('/groups/KBase', { members: [] })],
        ['add', (name) => as(name).post('/groups/KBase/members', { user_name: 'dave', role: 'member' })],
        ['take', (name) => as(name).delete('/groups/KBase/members/bob')],
      ];
      for (const [what, ask] of asks) {
        for (const name of ['bob', 'carol'])
          expect([what, name, ...problemOf(await ask(name))]).toEqual([what, name, 403, 'forbidden']);
        expect([what, ...problemOf(await ask('dave'))]).toEqual([what, 404, 'not_found']);
      }
      const mine = grant(pathOf(`${homeOf('alice')}x/`));
      expect(problemOf(await as('alice').post('/groups/KBase', mine))).toEqual([403, 'forbidden']);
      expect(problemOf(await as('alice').post('/groups/KBase', { grants: [] }))).toEqual([403, 'forbidden']);
      for (const name of ['alice', 'bob', 'dave'])
        expect(problemOf(await as(name).delete('/admin/groups/KBase'))).toEqual([403, 'forbidden']);
      const service = stack.caller(SERVICE);
      for (const answer of [
        await service.get('/groups/KBase'),
        await service.post('/groups/KBase', {}),
        await service.delete('/groups/KBase/members/bob'),
      ])
        expect(answer.status).toBe(403);
      for (const group of ['KBase', 'NoGroup'])
        expect(problemOf(await as('dave').get(`/groups/${group}`))).toEqual([404, 'not_found']);
      expect(problemOf(await stack.admin.get('/groups/kbase'))).toEqual([404, 'not_found']);
    }));

  it('has its members managed by an owner who is no administrator', async () => {
    await stack.admin.post('/groups/Owned', { owners: ['alice'] });
    const add = (user_name: string, role: string) =>
      as('alice').post('/groups/Owned/members', { user_name, role });
    expect(rolesOf((await add('bob', 'member')).body)).toEqual({ alice: 'owner', bob: 'member' });
    expect(rolesOf((await add('bob', 'reader')).body)).toEqual({ alice: 'owner', bob: 'reader' });
    const both = (await add('bob', 'owner')).body;
    expect(rolesOf(both)).toEqual({ alice: 'owner', bob: 'owner' });
    expect((await as('bob').delete('/groups/Owned/members/alice')).status).toBe(204);
    expect((await as('alice').get('/groups/Owned')).status).toBe(404);
    for (const name of ['alice', 'dave', 'nobody'])
      expect((await as('bob').delete(`/groups/Owned/members/${name}`)).status).toBe(204);
    expect(problemOf(await as('bob').delete('/groups/Owned/members/Not_A_Name'))).toEqual([
      422,
      'unprocessable',
    ]);
    expect(rolesOf((await stack.admin.get('/groups/Owned')).body)).toEqual({ bob: 'owner' });
  });

  it('keeps lists that are left out, replaces those that are given, and moves who is in another', async () => {
    const save = async (body: object) => rolesOf((await stack.admin.post('/groups/Lists', body)).body);
    await stack.admin.post('/groups/Lists', { description: 'first', members: ['bob'], readers: ['carol'] });
    expect(await save({ owners: ['alice'] })).toEqual({ alice: 'owner', bob: 'member', carol: 'reader' });
    expect(await save({ members: ['dave'] })).toEqual({ alice: 'owner', dave: 'member', carol: 'reader' });
    expect(await save({ readers: ['dave', 'dave'] })).toEqual({ alice: 'owner', dave: 'reader' });
    expect(await save({ members: [], readers: [] })).toEqual({ alice: 'owner' });
    const shown = (await stack.admin.post('/groups/Lists', { description: 'second' })).body;
    expect([shown.description, rolesOf(shown)]).toEqual(['second', { alice: 'owner' }]);
    expect(await save({})).toEqual({ alice: 'owner' });
  });

  it('is changed only as it was read when If-Match says so', async () => {
    const made = await stack.admin.post('/groups/Tagged', { members: ['bob'] });
    const read = await stack.admin.get('/groups/Tagged');
    expect(read.headers.etag).toBe(made.headers.etag);
    const save = (body: object, tag?: string) =>
      stack.admin.post('/groups/Tagged', body, tag === undefined ? {} : { headers: { 'if-match': tag } });
    const tag = read.headers.etag ?? '';
    const next = await save({ members: ['carol'] }, tag);
    expect([next.status, next.headers.etag === tag]).toEqual([200, false]);
    expect(problemOf(await save({ members: [] }, tag))).toEqual([412, 'precondition_failed']);
    expect(problemOf(await save({ members: [] }, '"other"'))[0]).toBe(412);
    expect(rolesOf((await stack.admin.get('/groups/Tagged')).body)).toEqual({ carol: 'member' });
    const wide = await save({ members: ['dave'] }, `"other", ${next.headers.etag}`);
    expect([wide.status, (await save({ members: ['bob'] }, '*')).status]).toEqual([200, 200]);
    expect((await save({ members: ['alice'] })).status).toBe(200);
    // a share with the group is a change of it, too
    const before = (await stack.admin.get('/groups/Tagged')).headers.etag;
    await as('bob').post('/users/bob/share', { path: pathOf(`${homeOf('bob')}x/`), with_groups: ['Tagged'] });
    expect(problemOf(await save({ members: [] }, before))[0]).toBe(412);
    const absent = await stack.admin.post('/groups/NotThere', {}, { headers: { 'if-match': '*' } });
    expect([problemOf(absent)[0], (await stack.admin.get('/groups/NotThere')).status]).toEqual([412, 404]);
  });

  it('everyone is looked at by all, and changed and removed by nobody', async () => {
    await as('bob').post('/users/bob/share', {
      path: pathOf(`${homeOf('bob')}x/`),
      with_groups: ['everyone'],
    });
    expect((await as('dave').get('/groups/everyone')).body.group_name).toBe('everyone');
    await nothingChanges(async () => {
      for (const answer of [
        await stack.admin.post('/groups/everyone', { members: [] }),
        await stack.admin.post('/groups/everyone/members', { user_name: 'bob', role: 'owner' }),
        await stack.admin.delete('/groups/everyone/members/bob'),
        await stack.admin.delete('/admin/groups/everyone'),
      ])
        expect(problemOf(answer)).toEqual([422, 'reserved_name']);
    });
  });
});
