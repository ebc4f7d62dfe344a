import { errorOf, ScimClient, serviceToken } from '../../support/auth/scim.js';
import { ADMIN_ROLE, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const DIRECTORY = serviceToken('entra', ['scim']);
const OTHERS = [
  serviceToken('hub', ['credentials']),
  serviceToken('portal', ['provision']),
  serviceToken('chief', ['admin']),
];
const UUID = '0b6a3f4e-6d0c-4d5e-9a53-0d2b8f4f8c11';

describe('SCIM, attacked', () => {
  let stack: Stack;
  let scim: ScimClient;
  let alice: string;
  let group: string;

  beforeAll(async () => {
    const SERVICE_TOKENS = JSON.stringify([DIRECTORY, ...OTHERS].map(({ entry }) => entry));
    stack = await startStack({ env: { SERVICE_TOKENS, SWEEP_INTERVAL_SECONDS: '0' } });
    scim = new ScimClient(stack, DIRECTORY.token);
    alice = await scim.make('alice');
    group = (await scim.send('POST', '/Groups', { displayName: 'Lab', members: [{ value: alice }] })).body.id;
  }, START_MS);
  afterAll(() => stack?.stop());

  /** Nothing has changed after what `attack` does. */
  const harmless = async (attack: () => Promise<void>) => {
    const before = await stack.state();
    await attack();
    expect(await stack.state()).toEqual(before);
  };

  it('is for its own token alone', () =>
    harmless(async () => {
      const chief = stack.person('admin', [ADMIN_ROLE]).token;
      const tokens = [...OTHERS.map(({ token }) => token), chief, stack.person('alice').token];
      for (const token of tokens) {
        const other = new ScimClient(stack, token);
        for (const path of ['/Users', '/Groups', `/Users/${alice}`, '/ServiceProviderConfig'])
          expect(errorOf(await other.send('GET', path))).toEqual([403, undefined]);
        expect(errorOf(await other.setActive(alice, false))).toEqual([403, undefined]);
        expect(errorOf(await other.send('DELETE', `/Groups/${group}`))).toEqual([403, undefined]);
      }
      for (const token of ['svc_wrong', 'WRONG', ''])
        expect(errorOf(await new ScimClient(stack, token).send('GET', '/Users'))).toEqual([401, undefined]);
    }));

  it('opens nothing else', () =>
    harmless(async () => {
      const directory = stack.caller(DIRECTORY.token);
      for (const path of ['/admin/users', '/users/alice', '/admin/audit', '/groups/Lab'])
        expect((await directory.get(path)).status).toBe(403);
      for (const path of [
        '/users/alice',
        '/users/alice/sessions',
        '/admin/users/alice/disable',
        '/provision',
      ])
        expect((await directory.post(path, {})).status).toBeGreaterThanOrEqual(400);
    }));

  it.each([
    ['userName eq "alice" or userName eq "bob"'],
    ['not (userName eq "alice")'],
    ['userName sw "a"'],
    ['userName pr'],
    ['userName eq true'],
    ['userName'],
    [`userName eq "x') or 1=1 --"`],
    ['password eq "x"'],
    ['__proto__ eq "x"'],
    ['constructor eq "x"'],
    ['userName eq "a" and userName eq "b"'],
    ['('.repeat(400)],
    [`userName eq "${'a'.repeat(900)}`],
  ])('does not read a list for a filter that it does not understand: %s', async (filter) => {
    const answer = await scim.send('GET', `/Users?filter=${encodeURIComponent(filter)}`);
    if (answer.status === 200) expect(answer.body.Resources).toEqual([]);
    else expect(errorOf(answer)).toEqual([400, 'invalidFilter']);
  });

  it('refuses filters and numbers beyond their limits, and NUL', async () => {
    for (const query of [
      `filter=${'a'.repeat(2000)}`,
      'count=many',
      'startIndex=1e3',
      'filter=%00',
      'more=1',
    ])
      expect((await scim.send('GET', `/Users?${query}`)).status).toBe(400);
    expect((await scim.send('GET', '/Users?startIndex=-5&count=-1')).body).toMatchObject({
      startIndex: 1,
      Resources: [],
    });
    expect((await scim.send('GET', '/Users?startIndex=100000')).body.Resources).toEqual([]);
    expect((await scim.send('GET', '/Users?count=100000')).body.Resources.length).toBeGreaterThan(0);
  });

  it.each([
    ['Alice', 'invalidValue'],
    ['', 'invalidValue'],
    ['../alice', 'invalidValue'],
    ['a b', 'invalidValue'],
    ['dp-x', 'invalidValue'],
    ['a'.repeat(101), 'invalidValue'],
    ['a\u0000b', 'invalidValue'],
    ['*', 'invalidValue'],
  ])('makes nobody with the name %j', (userName, type) =>
    harmless(async () => {
      expect(errorOf(await scim.send('POST', '/Users', { userName }))).toEqual([400, type]);
    }),
  );

  it.each(['a b', 'everyone', 'readwrite', 'x', 'a/b', '__proto__'])(
    'makes no group with the name %j',
    (displayName) =>
      harmless(async () => {
        expect(errorOf(await scim.send('POST', '/Groups', { displayName }))).toEqual([400, 'invalidValue']);
      }),
  );

  it('changes no name', () =>
    harmless(async () => {
      const renamed = { op: 'replace', path: 'userName', value: 'bob' };
      expect(errorOf(await scim.patch(`/Users/${alice}`, renamed))).toEqual([400, 'mutability']);
      expect(errorOf(await scim.send('PUT', `/Users/${alice}`, { userName: 'bob' }))).toEqual([
        400,
        'mutability',
      ]);
      const other = { op: 'replace', value: { displayName: 'Other' } };
      expect(errorOf(await scim.patch(`/Groups/${group}`, other))).toEqual([400, 'mutability']);
    }));

  it.each<[string, unknown, string]>([
    ['an attribute that nobody has', [{ op: 'replace', path: 'admin', value: true }], 'invalidPath'],
    ['one within a value', [{ op: 'replace', value: { isAdmin: true, active: false } }], 'invalidPath'],
    ['a path that is none', [{ op: 'replace', path: '[', value: 1 }], 'invalidPath'],
    ['a number as a path', [{ op: 'replace', path: 7, value: 1 }], 'invalidPath'],
    ['another operation', [{ op: 'test', path: 'active', value: true }], 'invalidSyntax'],
    ['no operations', [], 'invalidValue'],
    ['something else', ['x'], 'invalidValue'],
    ['a text for a truth value', [{ op: 'replace', path: 'active', value: 'perhaps' }], 'invalidValue'],
    [
      'one wrong operation after a right one',
      [
        { op: 'replace', path: 'active', value: false },
        { op: 'replace', path: 'nothing', value: 1 },
      ],
      'invalidPath',
    ],
  ])('changes nothing for a patch with %s', (_, operations, type) =>
    harmless(async () => {
      expect(errorOf(await scim.patch(`/Users/${alice}`, ...(operations as object[])))).toEqual([400, type]);
    }),
  );

  it('adds nobody who is not there, and answers for ids that are none', () =>
    harmless(async () => {
      for (const value of [UUID, 'alice', '', "x' or '1'='1"])
        expect(
          errorOf(await scim.patch(`/Groups/${group}`, { op: 'add', path: 'members', value: [{ value }] })),
        ).toEqual([400, 'invalidValue']);
      for (const path of [`/Users/${UUID}`, '/Users/alice', `/Groups/${alice}`, `/Users/${group}`]) {
        expect((await scim.send('GET', path)).status).toBe(404);
        expect((await scim.send('DELETE', path)).status).toBe(404);
      }
      expect(errorOf(await scim.send('GET', '/Users/%00'))[0]).toBe(400);
    }));

  it('refuses bodies that it cannot read, in its own form', () =>
    harmless(async () => {
      for (const body of ['{', '[]', '"x"', 'null'])
        expect(errorOf(await scim.send('POST', '/Users', body))[0]).toBe(400);
      const big = { displayName: 'Big', members: Array.from({ length: 2000 }, () => ({ value: UUID })) };
      expect(errorOf(await scim.send('POST', '/Groups', big))[0]).toBe(413);
    }));

  it('is not there without a token that may use it', async () => {
    await stack.restart({ SERVICE_TOKENS: JSON.stringify(OTHERS.map(({ entry }) => entry)) });
    expect((await scim.send('GET', '/Users')).status).toBe(404);
    expect((await new ScimClient(stack, OTHERS[2]?.token ?? '').send('GET', '/Users')).status).toBe(404);
  });
});
