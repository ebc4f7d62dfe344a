import fc from 'fast-check';
import {
  checkAccessKeyName,
  checkGroupName,
  checkUserName,
  parsePolicyName,
  policyName,
  principalOf,
  userNameOfPrincipal,
} from '../../../../src/policy/names.js';

const rootUser = 'minioadmin';
const userProblem = (name: unknown) => checkUserName(name, { rootUser })?.code;

/** Mostly near the grammar, so that many pass; sometimes anything at all. */
const nearName = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'abz09_.@-'), maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(...'aB0_.@-*?${}:/\\% \n'), maxLength: 5 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const userName = nearName.filter((name) => userProblem(name) === undefined);
const groupName = fc
  .tuple(
    fc.constantFrom(...'aZ'),
    fc.string({ unit: fc.constantFrom(...'aZ0_-'), minLength: 1, maxLength: 62 }),
  )
  .map((parts) => parts.join(''));

describe('user names', () => {
  it.each([
    'a',
    '0',
    'ab',
    'alice',
    'alice.old',
    'a_',
    'x__y',
    'a--b',
    'service',
    'ann@uni.example',
    'a'.repeat(100),
  ])('accepts %s', (name) => expect(checkUserName(name, { rootUser })).toBeUndefined());

  it.each([
    ['empty', ''],
    ['too long', 'a'.repeat(101)],
    ['upper case', 'Alice'],
    ['leading underscore, the mark of short principals', '_u_ab'],
    ['leading dot', '.a'],
    ['leading hyphen', '-a'],
    ['dots in a row', 'a..b'],
    ['final dot', 'a.'],
    ['slash', 'a/b'],
    ['star', 'a*'],
    ['question mark', 'a?'],
    ['variable', '${aws:username}'],
    ['comma', 'a,b'],
    ['equals sign', 'a=b'],
    ['colon', 'a:0'],
    ['blank', 'a b'],
    ['final newline', 'alice\n'],
    ['NUL', 'alice\0'],
    ['letter that only looks right', 'аlice'],
    ['a list', ['alice']],
    ['nothing', undefined],
  ])('refuses %s', (_, name) => expect(userProblem(name)).toBe('invalid_name'));

  it('keeps names for data products and for the root user, also behind a short name', () => {
    expect(userProblem('dp-sales')).toBe('reserved_name');
    expect(userProblem('dp')).toBeUndefined();
    expect(userProblem(rootUser)).toBe('reserved_name');
    expect(checkUserName('ab', { rootUser: '_u_ab' })?.code).toBe('reserved_name');
  });

  it('accepts nothing that means something in an ARN, a StringLike value or a policy name', () => {
    fc.assert(fc.property(userName, (name) => !/[^a-z0-9_.@-]|\.\.|^\.|\.$/.test(name)));
  });

  it('never repeats the input in a rule', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('#', '!'), minLength: 1 }), (name) => {
        expect(checkUserName(name, { rootUser })?.rule).not.toContain(name);
      }),
    );
  });
});

describe('principals', () => {
  it('are long enough for MinIO, and lead back to exactly one user', () => {
    fc.assert(
      fc.property(userName, userName, (a, b) => {
        expect(principalOf(a).length).toBeGreaterThanOrEqual(3);
        expect(userNameOfPrincipal(principalOf(a))).toBe(a);
        expect(principalOf(a) === principalOf(b)).toBe(a === b);
      }),
    );
    expect(principalOf('ab')).toBe('_u_ab');
    expect(principalOf('abc')).toBe('abc');
  });

  it.each(['dp-sales', '_u_alice', '_u_', 'ab', 'Alice', '_u_A', 'a/b', ''])(
    'is no user: %j',
    (principal) => {
      expect(userNameOfPrincipal(principal)).toBeUndefined();
    },
  );
});

describe('group and access key names', () => {
  it('accepts the grammar of groups', () => {
    fc.assert(fc.property(groupName, (name) => checkGroupName(name) === undefined));
  });

  it.each(['a', '0ab', '_ab', 'a.b', 'a b', 'a:b', 'ab\n', 'a'.repeat(64), 7])(
    'refuses the group %j',
    (name) => {
      expect(checkGroupName(name)?.code).toBe('invalid_name');
    },
  );

  it.each([
    'everyone',
    'Everyone',
    'consoleAdmin',
    'CONSOLEADMIN',
    'readonly',
    'readwrite',
    'writeonly',
    'diagnostics',
  ])('reserves the group %s', (name) => expect(checkGroupName(name)?.code).toBe('reserved_name'));

  it.each(['a', 'My laptop_2-b', 'a'.repeat(32)])('accepts the access key %j', (name) => {
    expect(checkAccessKeyName(name)).toBeUndefined();
  });

  it.each(['', '1a', ' a', 'a.b', 'a'.repeat(33), 'a\n', null])('refuses the access key %j', (name) => {
    expect(checkAccessKeyName(name)?.code).toBe('invalid_name');
  });
});

describe('policy names', () => {
  const kind = fc.constantFrom('user' as const, 'group' as const, 'readers' as const, 'dp' as const);

  it('are written and read back', () => {
    expect(policyName('user', 'alice', 0)).toBe('mgr:user:alice:0');
    fc.assert(
      fc.property(kind, fc.oneof(userName, groupName), fc.nat({ max: 9999 }), (k, name, shard) => {
        expect(parsePolicyName(policyName(k, name, shard))).toEqual({ kind: k, name, shard });
      }),
    );
  });

  it('are read only as they are written', () => {
    const part = fc.constantFrom(
      'mgr',
      'user',
      'group',
      'alice',
      ':',
      '0',
      '7',
      '00',
      '-1',
      'x',
      '/',
      '*',
      ',',
      '\n',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const text = parts.join('');
        const parsed = parsePolicyName(text);
        if (parsed) expect(policyName(parsed.kind, parsed.name, parsed.shard)).toBe(text);
      }),
    );
  });

  it.each([
    'mgr:user:alice',
    'mgr:user:alice:00',
    'mgr:user::0',
    'mgr:team:a:0',
    'x mgr:user:a:0',
    'mgr:user:a:0,readwrite',
  ])('does not read %s', (text) => expect(parsePolicyName(text)).toBeUndefined());
});
