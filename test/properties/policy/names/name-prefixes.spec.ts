import fc from 'fast-check';
import { reaches } from '../../../../src/policy/access-question.js';
import { evaluate } from '../../../../src/policy/evaluate.js';
import { documentSize, MAX_DOCUMENT_BYTES } from '../../../../src/policy/documents.js';
import {
  type PolicyGrant,
  placeGrant,
  SHARD_CAPACITY,
  shardDocument,
  weightOf,
} from '../../../../src/policy/grants/grants.js';
import {
  formatPath,
  isCovered,
  parseGrantPath,
  parsePath,
  prefixesAbove,
} from '../../../../src/policy/paths.js';
import { proveShard } from '../../../../src/policy/proof/prove.js';
import { anyGrant, grantOf } from '../arbitraries.js';
import { broken, type Change, CHANGES } from '../mutations.js';

const bucket = 'cdm-lake';
const tag = 'mgr:group:KBase:1';
const now = new Date('2026-01-01T00:00:00Z');
const good = { ok: true, failures: [] };
const names = (prefix: string, more: Partial<PolicyGrant> = {}) =>
  grantOf({ prefix: `${prefix}*`, folder: false, ...more });

/** Ordinary grants and name prefixes, nested, beside one another and equal; some are the start of the proof's own word. */
const mixed = fc
  .array(fc.tuple(anyGrant(), fc.constantFrom(false, true, 'p', 'probe', '\u0061')), {
    minLength: 1,
    maxLength: 8,
  })
  .map((all) =>
    all.map(([grant, end]): PolicyGrant => {
      if (end === false) return grant;
      const prefix = end === true ? grant.prefix : `${grant.prefix}/${end}`;
      return { ...grant, prefix: `${prefix}*`, folder: false };
    }),
  );

describe('the path of a name prefix', () => {
  it.each(['team/u_alice__*', 'u*', 'a/b/day=*', 'a/é*', 'a/..b*'])('is read and written back: %s', (key) => {
    const parsed = parseGrantPath(`s3a://${bucket}/${key}`);
    expect(parsed).toEqual({ ok: true, path: { bucket, prefix: key, folder: false } });
    if (parsed.ok) expect(formatPath(parsed.path)).toBe(`s3a://${bucket}/${key}`);
  });

  it.each(['*', 'a/*', 'a/**', 'a*b', 'a*/b', 'a*/', 'a/?*', 'a/..*', 'a/.*', 'a//b*', 'a/${x}*', '../a*'])(
    'is refused: %s',
    (key) => expect(parseGrantPath(`s3a://${bucket}/${key}`).ok).toBe(false),
  );

  it('is none of those that people may name', () => {
    expect(parsePath(`s3a://${bucket}/users-warehouse/alice/x*`)).toEqual({
      ok: false,
      rule: 'none of * ? $ { }',
    });
  });

  it('is found from every key that starts with it, and from no other', () => {
    const key = 'team/u_alice__a.db/é/part';
    for (const prefix of ['t*', 'team/u_alice__*', 'team/u_alice__a.db/é/part*', 'team', key])
      expect(prefixesAbove(key)).toContain(prefix);
    for (const prefix of ['team/*', '*', 'team/u_bob*', 'team/u_alice__a.db/é/part2*', 'tea'])
      expect(prefixesAbove(key)).not.toContain(prefix);
    fc.assert(
      fc.property(mixed, ([one]) => {
        const { prefix } = one as PolicyGrant;
        const start = prefix.replace(/\*$/, '');
        expect(prefixesAbove(`${start}/x`)).toContain(prefix);
        expect(isCovered({ bucket, prefix: `${start}/x` }, { bucket, prefix })).toBe(true);
      }),
    );
  });
});

describe('a grant of a name prefix', () => {
  const document = shardDocument([names('team/u_alice__', { permission: 'write' })], { tag });
  const allows = (action: string, key: string) => evaluate([document], { action, bucket, key }).allowed;
  const lists = (...prefixes: string[]) => {
    const conditions = prefixes.length > 0 ? { 's3:prefix': prefixes } : {};
    return evaluate([document], { action: 's3:ListBucket', bucket, conditions }).allowed;
  };

  it.each([
    ['team/u_alice__', true],
    ['team/u_alice__a.db', true],
    ['team/u_alice__a.db/t/part-0', true],
    ['team/u_alice__/x', true],
    ['team/u_alice_', false],
    ['team/u_alice2__a.db', false],
    ['team/u_bob__a.db/u_alice__x', false],
    ['team', false],
    ['team/', false],
    ['other/u_alice__a.db', false],
  ])('reaches %s: %s', (key, expected) => {
    for (const action of ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:GetObjectTagging'])
      expect([action, allows(action, key)]).toEqual([action, expected]);
    // versions are their owner's
    expect(allows('s3:DeleteObjectVersion', key)).toBe(false);
    if (expected || !key.endsWith('/')) expect(lists(key)).toBe(expected);
  });

  it('lists what starts so, and nothing beside it in the same request', () => {
    expect(lists('team/u_alice__', 'team/u_alice__a.db/')).toBe(true);
    for (const foreign of ['', 'team/', 'team/u_', 'team/u_bob__'])
      expect([lists(foreign), lists(foreign, 'team/u_alice__')]).toEqual([false, false]);
    expect(lists()).toBe(false);
  });

  it('is answered as a whole', () => {
    const asked = (prefix: string, action: 'read' | 'write' | 'list') =>
      reaches([{ name: tag, document }], { bucket, prefix, folder: false, action, now }).allowed;
    for (const action of ['read', 'write', 'list'] as const) {
      expect(asked('team/u_alice__*', action)).toBe(true);
      expect(asked('team/u_alice__a*', action)).toBe(true);
      expect(asked('team/u_alice_*', action)).toBe(false);
      expect(asked('team/u_alice__a.db', action)).toBe(true);
    }
  });

  it('is read only for readers', () => {
    const lowered = shardDocument([names('team/u_', { permission: 'write' })], { tag, lower: true });
    const { allowed } = evaluate([lowered], { action: 's3:PutObject', bucket, key: 'team/u_x' });
    expect(allowed).toBe(false);
    expect(evaluate([lowered], { action: 's3:GetObject', bucket, key: 'team/u_x' }).allowed).toBe(true);
  });

  it('below a granted folder adds nothing', () => {
    const folder = grantOf({ prefix: 'team', permission: 'write' });
    expect(shardDocument([folder, names('team/u_')], { tag })).toEqual(shardDocument([folder], { tag }));
  });
});

describe('the proof of documents with name prefixes', () => {
  it('holds for what is built', () => {
    fc.assert(
      fc.property(mixed, fc.boolean(), (grants, lower) => {
        const document = shardDocument(grants, { lower, tag });
        for (const held of [undefined, document])
          expect(proveShard(document, { grants, lower, now, held })).toEqual(good);
      }),
      { numRuns: 80 },
    );
  });

  it.each(Object.keys(CHANGES))('is refused after: %s', (name) => {
    // the last two are the start of the word that stands for a name that nobody granted
    const grants = [
      names('team/u_alice__', { permission: 'write' }),
      names('other/day=', { expiresAt: new Date('2030-01-01T00:00:00Z') }),
      names('third/p', { permission: 'write' }),
      names('probe'),
    ];
    const right = shardDocument(grants, { tag });
    const wrong = right.Statement.flatMap((_, statement) =>
      [0, 1, 2, 3, 4, 5].flatMap((pick) => broken(right, CHANGES[name] as Change, statement, pick) ?? []),
    );
    for (const document of wrong)
      for (const held of [undefined, right])
        expect([name, document, proveShard(document, { grants, now, held }).ok]).toEqual([
          name,
          document,
          false,
        ]);
  });

  it.each<[string, (text: string) => string]>([
    ['a letter less', (text) => text.replace(/.\*$/, '*')],
    ['a slash', (text) => text.replace(/([^/])\*$/, '$1/*')],
    ['no star', (text) => text.replace(/([^/])\*$/, '$1')],
    ['the folder', (text) => text.replace(/\/[^/]*\*$/, '/*')],
    ['a letter that may be any', (text) => text.replace(/.\*$/, '?*')],
  ])('is refused when each name prefix has %s', (_, change) => {
    const grants = [names('team/u_alice__', { permission: 'write' }), names('third/pr')];
    const right = shardDocument(grants, { tag });
    const wrong = JSON.parse(
      JSON.stringify(right, (key, value: unknown) =>
        typeof value === 'string' && key !== 'Version' ? change(value) : value,
      ),
    );
    expect(wrong).not.toEqual(right);
    expect(proveShard(wrong, { grants, now }).ok).toBe(false);
  });

  it('is refused when a name prefix is missing or too much', () => {
    const grants = [names('team/u_alice__'), names('team/u_bob__')];
    const document = shardDocument(grants, { tag });
    for (const held of [undefined, document]) {
      expect(proveShard(document, { grants: grants.slice(0, 1), now, held }).ok).toBe(false);
      expect(proveShard(document, { grants: [...grants, names('x')], now, held }).ok).toBe(false);
    }
  });
});

describe('the weight of a name prefix', () => {
  it('is never less than what it adds', () => {
    fc.assert(
      fc.property(fc.array(anyGrant({ long: true }), { minLength: 1, maxLength: 60 }), (all) => {
        const grants = all
          .map((grant) => ({ ...grant, prefix: `${grant.prefix}*`, folder: false }))
          .filter((grant) => weightOf(grant, bucket) <= SHARD_CAPACITY);
        const loads = new Map<number, number>();
        const shards = Map.groupBy(grants, (grant) => {
          const shard = placeGrant(weightOf(grant, bucket), loads);
          loads.set(shard, (loads.get(shard) ?? 0) + weightOf(grant, bucket));
          return shard;
        });
        for (const each of shards.values())
          expect(documentSize(shardDocument(each, { tag, base: bucket }))).toBeLessThanOrEqual(
            MAX_DOCUMENT_BYTES,
          );
      }),
      { numRuns: 60 },
    );
  });
});
