import fc from 'fast-check';
import { evaluate, UnsupportedPolicyError } from '../../../src/policy/evaluate.js';
import { matchWildcard } from '../../../src/policy/matching/wildcards.js';

describe('evaluate', () => {
  const allow = { Effect: 'Allow' as const, Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::b/*'] };
  const Version = '2012-10-17' as const;
  const read = { action: 's3:GetObject', bucket: 'b', key: 'k' };

  it('says which statement decided', () => {
    const deny = { ...allow, Effect: 'Deny' as const, Resource: ['arn:aws:s3:::b/secret/*'] };
    const documents = [
      { Version, Statement: [] },
      { Version, Statement: [deny, allow] },
    ];
    expect(evaluate(documents, read)).toEqual({
      allowed: true,
      because: { document: 1, statement: 1, effect: 'Allow' },
    });
    expect(evaluate(documents, { ...read, key: 'secret/k' })).toEqual({
      allowed: false,
      because: { document: 1, statement: 0, effect: 'Deny' },
    });
    expect(evaluate(documents, { ...read, bucket: 'c' })).toEqual({ allowed: false });
  });

  it('reads single strings as sets', () => {
    const Statement = [{ Effect: 'Allow' as const, Action: 's3:*', Resource: 'arn:aws:s3:::b/*' }];
    expect(evaluate([{ Version, Statement }], read).allowed).toBe(true);
  });

  const on = (operator: string, key: string, ...values: string[]) => ({
    ...allow,
    Condition: { [operator]: { [key]: values } },
  });
  it.each([
    ['another operator', on('IpAddress', 'aws:SourceIp', '10.0.0.0/8')],
    ['a qualifier of tomorrow', on('ForMostValues:StringLike', 's3:prefix', 'x')],
    ['a word that every object knows', on('constructor', 's3:prefix', 'x')],
    [
      'a variable that the question does not fill',
      { ...allow, Resource: ['arn:aws:s3:::b/${aws:username}/*'] },
    ],
    ['a fact that the question does not say', on('StringEquals', 'aws:PrincipalType', 'User')],
    ['a date when none is asked about', on('DateLessThan', 'aws:CurrentTime', '2030-01-01T00:00:00Z')],
    ['two dates', on('DateLessThan', 's3:prefix', '2030-01-01T00:00:00Z', '2031-01-01T00:00:00Z')],
  ])('gives no verdict on %s', (_, statement) => {
    expect(() => evaluate([{ Version, Statement: [statement] }], read)).toThrow(UnsupportedPolicyError);
    const other = { ...read, action: 's3:PutObject' };
    expect(evaluate([{ Version, Statement: [statement] }], other)).toEqual({ allowed: false });
  });

  const { Action: _action, ...everyAction } = allow;
  const { Resource: _resource, ...everywhere } = allow;
  const conditions = {
    'aws:username': 'alice',
    's3:max-keys': '5',
    'aws:CurrentTime': '2030-01-01T00:00:00Z',
  };
  it.each<[string, boolean, object]>([
    ['NotAction that names another', true, { ...everyAction, NotAction: ['s3:PutObject'] }],
    ['NotAction that names it', false, { ...everyAction, NotAction: ['s3:Get*'] }],
    ['NotResource elsewhere', true, { ...everywhere, NotResource: ['arn:aws:s3:::c/*'] }],
    ['NotResource around it', false, { ...everywhere, NotResource: ['arn:aws:s3:::b/*'] }],
    ['a variable in a resource', true, { ...allow, Resource: ['arn:aws:s3:::b/${aws:username}/*'] }],
    ['a variable in a value', true, on('StringEquals', 'aws:username', '${aws:username}')],
    ['StringNotLike of an absent key', true, on('StringNotLike', 's3:prefix', '*')],
    ['StringNotEquals of an equal one', false, on('StringNotEquals', 'aws:username', 'alice', 'bob')],
    ['StringEqualsIgnoreCase', true, on('StringEqualsIgnoreCase', 'aws:username', 'ALICE')],
    ['StringNotEqualsIgnoreCase', false, on('StringNotEqualsIgnoreCase', 'aws:username', 'ALICE')],
    ['NumericLessThanEquals', true, on('NumericLessThanEquals', 's3:max-keys', '5')],
    ['NumericNotEquals of an absent key', false, on('NumericNotEquals', 's3:other', '5')],
    [
      'DateGreaterThanEquals',
      true,
      on('DateGreaterThanEquals', 'aws:CurrentTime', '2030-01-01T01:00:00+01:00'),
    ],
    [
      'DateLessThan at that very instant',
      false,
      on('DateLessThan', 'aws:CurrentTime', '2030-01-01T00:00:00Z'),
    ],
    ['Null of an absent key', true, on('Null', 's3:prefix', 'true')],
    ['Null of a present one', false, on('Null', 'aws:username', 'true')],
  ])('answers about %s: %s', (_, allowed, statement) => {
    const document = { Version, Statement: [statement as typeof allow] };
    expect(evaluate([document], { ...read, key: 'alice/k', conditions }).allowed).toBe(allowed);
  });

  // `wanted` is a/*, of the request these values of the key
  it.each<[string, Record<string, boolean>]>([
    ['no key', { '': false, 'ForAnyValue:': false, 'ForAllValues:': true }],
    ['', { '': false, 'ForAnyValue:': false, 'ForAllValues:': false }],
    ['a/', { '': true, 'ForAnyValue:': true, 'ForAllValues:': true }],
    ['a/ a/b', { '': true, 'ForAnyValue:': true, 'ForAllValues:': true }],
    [' a/', { '': true, 'ForAnyValue:': true, 'ForAllValues:': false }],
    ['a/ b', { '': true, 'ForAnyValue:': true, 'ForAllValues:': false }],
    ['A/', { '': false, 'ForAnyValue:': false, 'ForAllValues:': false }],
    ['b c', { '': false, 'ForAnyValue:': false, 'ForAllValues:': false }],
  ])('takes the values of a key as the qualifier says: %j', (text, expected) => {
    const prefix = text === 'no key' ? undefined : text.split(' ');
    const met = (operator: string, ...wanted: string[]) => {
      const document = { Version, Statement: [on(operator, 's3:prefix', ...wanted)] };
      return evaluate([document], { ...read, conditions: { 's3:prefix': prefix } }).allowed;
    };
    for (const [qualifier, is] of Object.entries(expected)) {
      expect([qualifier, met(`${qualifier}StringLike`, 'a/*')]).toEqual([qualifier, is]);
      expect([qualifier, met(`${qualifier}StringNotLike`, 'a/*')]).toEqual([qualifier, !is]);
      expect([qualifier, met(`${qualifier}StringEquals`, 'a/', 'a/b')]).toEqual([qualifier, is]);
      const folded = is || text === 'A/';
      expect([qualifier, met(`${qualifier}StringEqualsIgnoreCase`, 'A/', 'a/B')]).toEqual([
        qualifier,
        folded,
      ]);
    }
  });

  it('matches wildcards as a regular expression would, and a question mark one byte', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.'), maxLength: 10 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (glob, name) => {
        const expression = glob.replaceAll('.', '\\.').replaceAll('?', '.').replaceAll('*', '.*');
        expect(matchWildcard(glob, name)).toBe(new RegExp(`^${expression}$`).test(name));
      }),
      { numRuns: 1000 },
    );
    expect(matchWildcard('?', 'é')).toBe(false);
    expect(matchWildcard('??', 'é')).toBe(true);
  });

  it('is not slowed down by many stars: a matcher that tries every split would never end', () => {
    expect(matchWildcard(`${'a*'.repeat(50)}b`, 'a'.repeat(2000))).toBe(false);
  });
});
