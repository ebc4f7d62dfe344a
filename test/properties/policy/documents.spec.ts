import fc from 'fast-check';
import {
  documentSize,
  equals,
  MAX_DOCUMENT_BYTES,
  normalise,
  readable,
  serialise,
  UnreadablePolicyError,
} from '../../../src/policy/documents.js';
import { homePolicy } from '../../../src/policy/home-policy.js';

const Version = '2012-10-17';
const where = { bucket: 'cdm-lake', usersPrefix: 'users-warehouse', userName: 'alice' };

const actions = fc.uniqueArray(fc.constantFrom('s3:GetObject', 's3:PutObject', 's3:ListBucket', 's3:Get*'), {
  minLength: 1,
});
const resources = fc.uniqueArray(
  fc.constantFrom('a', 'a/*', 'b/../x', 'c/é').map((r) => `arn:aws:s3:::${r}`),
  { minLength: 1 },
);
const values = fc.uniqueArray(fc.constantFrom('x/*', 'y/*', '', 'z'), { minLength: 1 });
const condition = fc.constantFrom('StringLike', 'StringEquals').chain((operator) =>
  fc
    .uniqueArray(fc.tuple(fc.constantFrom('s3:prefix', 's3:delimiter'), values), {
      minLength: 1,
      selector: ([key]) => key,
    })
    .map((keys) => ({ [operator]: Object.fromEntries(keys) })),
);
const statement = fc
  .record({
    Effect: fc.constantFrom('Allow', 'Deny'),
    Action: actions,
    Resource: resources,
    Condition: fc.option(condition),
  })
  .map(({ Condition, ...rest }) => (Condition ? { ...rest, Condition } : rest));
type AnyStatement = typeof statement extends fc.Arbitrary<infer S> ? S : never;
const document = fc.array(statement, { maxLength: 5 }).map((Statement) => ({ Version, Statement }));

/** The same set in another spelling: shuffled, some of it twice, one value alone as a string. */
function respelled(set: readonly string[]): fc.Arbitrary<unknown> {
  return fc
    .tuple(fc.shuffledSubarray([...set], { minLength: set.length }), fc.subarray([...set]), fc.boolean())
    .map(([shuffled, again, bare]) => (bare && set.length === 1 ? set[0] : [...shuffled, ...again]));
}

function respelledStatement(source: AnyStatement): fc.Arbitrary<unknown> {
  const { Condition } = source as { Condition?: Record<string, Record<string, string[]>> };
  const conditions = Object.entries(Condition ?? {}).map(([operator, keys]) =>
    fc
      .tuple(
        ...Object.entries(keys)
          .reverse()
          .map(([key, set]) => respelled(set).map((spelt) => [key, spelt] as const)),
      )
      .map((entries) => [operator, Object.fromEntries(entries)] as const),
  );
  return fc
    .tuple(
      respelled(source.Action),
      respelled(source.Resource),
      fc.tuple(...conditions),
      fc.option(fc.string()),
    )
    .map(([Action, Resource, entries, Sid]) => ({
      ...(Condition ? { Condition: Object.fromEntries(entries) } : {}),
      Resource,
      Action,
      Effect: source.Effect,
      ...(Sid === null ? {} : { Sid }),
    }));
}

const documentTwice = document.chain((doc) =>
  fc
    .tuple(
      fc.shuffledSubarray(doc.Statement, { minLength: doc.Statement.length }),
      fc.subarray(doc.Statement),
    )
    .chain(([shuffled, again]) => fc.tuple(...[...shuffled, ...again].map(respelledStatement)))
    .map((Statement) => [doc, { Statement, Version }] as const),
);

describe('normalise and equals', () => {
  it('see the same document behind another order, duplicates, strings for lists, and other Sids', () => {
    fc.assert(
      fc.property(documentTwice, ([doc, spelt]) => expect(equals(doc, spelt)).toBe(true)),
      { numRuns: 300 },
    );
  });

  it('see a difference as soon as one thing is added, removed or changed', () => {
    const edit = fc.constantFrom<(s: AnyStatement) => object>(
      (s) => ({ ...s, Effect: s.Effect === 'Allow' ? 'Deny' : 'Allow' }),
      (s) => ({ ...s, Action: [...s.Action, 's3:DeleteObject'] }),
      (s) => ({ ...s, Resource: [...s.Resource, 'arn:aws:s3:::d'] }),
      (s) => ({ ...s, Resource: s.Resource.map((r) => `${r}x`) }),
      (s) => ({ ...s, Condition: { StringLike: { 's3:prefix': ['other/*'] } } }),
    );
    fc.assert(
      fc.property(statement, fc.array(statement, { maxLength: 3 }), edit, (first, others, change) => {
        fc.pre(
          !others.some((other) => equals({ Version, Statement: [other] }, { Version, Statement: [first] })),
        );
        const before = { Version, Statement: [first, ...others] };
        expect(equals(before, { Version, Statement: others })).toBe(false);
        expect(equals(before, { Version, Statement: [change(first), ...others] })).toBe(false);
      }),
    );
  });

  it('see another name, also if it is one that every object has', () => {
    const allow = { Effect: 'Allow', Action: ['s3:GetObject'] };
    const under = (Condition: unknown): object => ({ Version, Statement: [{ ...allow, Condition }] });
    const named = JSON.parse('{"__proto__":{}}') as unknown;
    expect(equals(under(named), under({ StringLike: { 's3:prefix': ['a'] } }))).toBe(false);
    expect(equals(under({ StringLike: named }), under({ StringLike: { 's3:prefix': ['a'] } }))).toBe(false);
  });

  it('settle in one step, and keep what was said', () => {
    fc.assert(
      fc.property(document, (doc) => {
        const once = normalise(doc);
        expect(JSON.stringify(normalise(once))).toBe(JSON.stringify(once));
        for (const { Action, Resource } of once.Statement) {
          expect(Action).toEqual([...new Set(Action)].sort());
          expect(Resource).toEqual([...new Set(Resource)].sort());
        }
      }),
    );
  });

  it('take dates as instants in whole seconds, as MinIO stores them', () => {
    const until = (date: string) => ({
      Version,
      Statement: [
        {
          Effect: 'Allow',
          Action: 's3:GetObject',
          Resource: 'arn:aws:s3:::a/*',
          Condition: { DateLessThan: { 'aws:CurrentTime': date } },
        },
      ],
    });
    expect(equals(until('2030-01-01T00:00:00Z'), until('2030-01-01T00:00:00.250Z'))).toBe(true);
    expect(equals(until('2030-01-01T00:00:00Z'), until('2030-01-01T01:00:00+01:00'))).toBe(true);
    expect(equals(until('2030-01-01T00:00:00Z'), until('2030-01-01T00:00:01Z'))).toBe(false);
    expect(equals(until('2030'), until('2030-01-01T00:00:00Z'))).toBe(false);
  });

  const allow = { Effect: 'Allow', Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::a/*'] };
  it.each([
    ['NotAction', { Version, Statement: [{ ...allow, NotAction: ['s3:PutObject'] }] }],
    ['NotResource', { Version, Statement: [{ ...allow, NotResource: ['arn:aws:s3:::b'] }] }],
    ['Principal', { Version, Statement: [{ ...allow, Principal: '*' }] }],
    ['an unknown effect', { Version, Statement: [{ ...allow, Effect: 'allow' }] }],
    ['a number as Sid', { Version, Statement: [{ ...allow, Sid: 1 }] }],
    ['an object in a set', { Version, Statement: [{ ...allow, Action: [{}] }] }],
    ['another version', { Version: '2008-10-17', Statement: [allow] }],
    ['no version', { Statement: [allow] }],
    ['an unknown key', { Version, Statement: [allow], Statements: [] }],
    ['a text', 'mgr:user:alice:0'],
    ['nothing', undefined],
  ])('never read %s as something else', (_, doc) => {
    expect(() => normalise(doc)).toThrow(UnreadablePolicyError);
    expect(equals(doc, { Version, Statement: [allow] })).toBe(false);
    expect(equals(doc, doc)).toBe(false);
  });

  it('read what only spells differently', () => {
    expect(equals({ Version, Statement: allow, ID: '' }, { Version, Statement: [allow] })).toBe(true);
    expect(equals({ Version, Statement: null }, { Version, Statement: [] })).toBe(true);
    expect(
      equals({ Version, Statement: [{ ...allow, Condition: {} }] }, { Version, Statement: [allow] }),
    ).toBe(true);
    const secure = (value: unknown) => ({ ...allow, Condition: { Bool: { 'aws:SecureTransport': value } } });
    expect(equals({ Version, Statement: [secure(true)] }, { Version, Statement: [secure(['true'])] })).toBe(
      true,
    );
  });
});

describe('size', () => {
  it('counts the bytes that are sent, not characters', () => {
    const doc = {
      Version,
      Statement: [{ Effect: 'Deny', Action: ['s3:*'], Resource: ['arn:aws:s3:::a/é語😀'] }],
    } as const;
    const text = serialise(normalise(doc));
    expect(documentSize(normalise(doc))).toBe(new TextEncoder().encode(text).length);
    expect(documentSize(normalise(doc))).toBe(text.length + 1 + 2 + 2);
  });

  it('of a home is what JSON.stringify sends, far below the limit for the longest names', () => {
    const longest = { bucket: 'b'.repeat(63), usersPrefix: 'p'.repeat(255), userName: 'u'.repeat(100) };
    for (const location of [where, longest]) {
      const doc = homePolicy(location);
      expect(JSON.stringify(doc)).toBe(serialise(doc));
      expect(documentSize(doc)).toBe(Buffer.byteLength(JSON.stringify(doc)));
    }
    expect(MAX_DOCUMENT_BYTES).toBe(20 * 1024);
    expect(documentSize(homePolicy(longest))).toBeLessThan(MAX_DOCUMENT_BYTES / 4);
  });
});

describe('what somebody else wrote', () => {
  it('is shown as it is where it cannot be read, whatever it is', () => {
    const anyJson = fc.oneof(
      fc.jsonValue(),
      fc.record({ Version: fc.constant(Version), Statement: fc.jsonValue() }),
    );
    fc.assert(
      fc.property(anyJson, (value) => {
        const shown = readable(value);
        if (shown !== value) expect(equals(shown, value)).toBe(true);
      }),
    );
    const odd = {
      Version,
      Statement: [{ Effect: 'Allow', NotAction: ['s3:PutObject'], NotResource: ['x'] }],
    };
    expect(readable(odd)).toBe(odd);
  });
});
