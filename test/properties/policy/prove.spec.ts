import fc from 'fast-check';
import type { PolicyStatement } from '../../../src/madmin/types.js';
import {
  groupBaseDocument,
  type PolicyGrant,
  SHARD_CAPACITY,
  shardDocument,
  weightOf,
} from '../../../src/policy/grants/grants.js';
import { guarded } from '../../../src/policy/guards.js';
import { homePolicy } from '../../../src/policy/home-policy.js';
import { type Proof, proveGroupBase, proveHome, proveShard } from '../../../src/policy/proof/prove.js';
import { anyGrants, grantOf, separateGrants } from './arbitraries.js';
import { broken, type Change, CHANGES } from './mutations.js';

const tag = 'mgr:user:alice:1';
const now = new Date('2030-01-01T00:00:10Z');
const location = { bucket: 'cdm-lake', usersPrefix: 'users-warehouse', userName: 'alice' };
const good: Proof = { ok: true, failures: [] };

const without = (grants: readonly PolicyGrant[], pick: number) =>
  grants.filter((_, index) => index !== pick % grants.length);

describe('the proof of a shard', () => {
  it('holds for what is built, nested and neighbouring grants and all dates included', () => {
    fc.assert(
      fc.property(anyGrants, fc.boolean(), fc.boolean(), fc.boolean(), (any, lower, all, isBased) => {
        const grants = all ? any : guarded(any);
        const options = { lower, ...(isBased ? { base: 'cdm-lake' } : {}) };
        const document = shardDocument(grants, { ...options, tag });
        expect(proveShard(document, { ...options, grants, now })).toEqual(good);
      }),
      { numRuns: 80 },
    );
  });

  it('is refused when a grant is missing, too much, lowered or not lowered', () => {
    fc.assert(
      fc.property(separateGrants, ([first, ...rest]) => {
        const grants = [first as PolicyGrant, ...rest];
        const document = shardDocument(grants, { tag });
        const proof = (expected: PolicyGrant[], lower = false) =>
          proveShard(document, { grants: expected, lower, now });
        expect(proof(rest).ok).toBe(false);
        expect(proof([...grants, grantOf({ prefix: 'not/granted' })]).ok).toBe(false);
        expect(proof(grants, true).ok).toBe(grants.every(({ permission }) => permission === 'read'));
        const permission = first?.permission === 'read' ? 'write' : 'read';
        expect(proof([{ ...(first as PolicyGrant), permission }, ...rest]).ok).toBe(false);
      }),
    );
  });

  it.each(Object.keys(CHANGES))('is refused after: %s', (name) => {
    fc.assert(
      fc.property(separateGrants, fc.nat(), fc.nat(), (grants, statement, pick) => {
        const wrong = broken(shardDocument(grants, { tag }), CHANGES[name] as Change, statement, pick);
        fc.pre(wrong !== undefined);
        if (!wrong) return;
        const proof = proveShard(wrong, { grants, now });
        expect(proof).toMatchObject({ ok: false });
        expect(proof.failures.length).toBeGreaterThan(0);
        expect(proof.failures.length).toBeLessThanOrEqual(21);
      }),
      { numRuns: 25 },
    );
  });

  describe('in which MinIO holds most already', () => {
    it('holds for what is built', () => {
      fc.assert(
        fc.property(anyGrants, fc.boolean(), fc.nat(), (grants, lower, pick) => {
          const document = shardDocument(grants, { lower, tag });
          for (const held of [document, shardDocument(without(grants, pick), { lower, tag })])
            expect(proveShard(document, { grants, lower, now, held })).toEqual(good);
        }),
        { numRuns: 80 },
      );
    });

    // The borders of no grant are asked here, or those of one: the rest must show every mistake all the same.
    it.each(Object.keys(CHANGES))('is refused after: %s', (name) => {
      fc.assert(
        fc.property(separateGrants, fc.nat(), fc.nat(), (grants, statement, pick) => {
          const right = shardDocument(grants, { tag });
          const wrong = broken(right, CHANGES[name] as Change, statement, pick);
          fc.pre(wrong !== undefined);
          if (!wrong) return;
          for (const held of [right, shardDocument(without(grants, pick), { tag })])
            expect(proveShard(wrong, { grants, now, held })).toMatchObject({ ok: false });
        }),
        { numRuns: 25 },
      );
    });

    it('is refused when a grant is missing, too much, lowered or not lowered', () => {
      fc.assert(
        fc.property(separateGrants, ([first, ...rest]) => {
          const grants = [first as PolicyGrant, ...rest];
          const held = shardDocument(grants, { tag });
          const proof = (expected: PolicyGrant[], lower = false) =>
            proveShard(held, { grants: expected, lower, now, held });
          expect(proof(rest).ok).toBe(false);
          expect(proof([...grants, grantOf({ prefix: 'not/granted' })]).ok).toBe(false);
          expect(proof(grants, true).ok).toBe(grants.every(({ permission }) => permission === 'read'));
          const permission = first?.permission === 'read' ? 'write' : 'read';
          expect(proof([{ ...(first as PolicyGrant), permission }, ...rest]).ok).toBe(false);
        }),
      );
    });
  });

  it('is refused when another document is said to let the bucket be asked about, or wrongly not', () => {
    const grants = [grantOf({ prefix: 'a' })];
    const base = 'cdm-lake';
    expect(proveShard(shardDocument(grants, { tag, base }), { grants, now, base })).toEqual(good);
    expect(proveShard(shardDocument(grants, { tag, base }), { grants, now }).ok).toBe(false);
    expect(proveShard(shardDocument(grants, { tag }), { grants, now, base }).ok).toBe(false);
  });

  it('is refused when the idle actions of a statement reach the bucket', () => {
    const grants = [grantOf({ prefix: 'a' })];
    const base = 'cdm-lake';
    const document = shardDocument(grants, { tag, base });
    const idle = document.Statement.find(({ Action }) => Action.includes('s3:HeadBucket'));
    expect(idle?.Action).toContain('s3:GetObject');
    const Statement = document.Statement.map((each) =>
      each === idle ? { ...each, Resource: [...(each.Resource ?? []), 'arn:aws:s3:::cdm-lake'] } : each,
    );
    expect(proveShard({ ...document, Statement }, { grants, now, base }).ok).toBe(false);
  });

  // Without such requests nobody would notice that one of two operators is gone.
  it.each([
    ['ForAllValues:StringLike', 1],
    ['ForAllValues:StringLike', 40],
    ['StringLike', 1],
    ['StringLike', 40],
  ] as const)('shows by requests that %s is gone (%i grants)', (operator, count) => {
    const prefixes = Array.from(
      { length: count },
      (_, n) => `users-warehouse/owner/${String(n).padStart(38, 'x')}`,
    );
    const grants = prefixes.map((prefix) => grantOf({ prefix }));
    const document = shardDocument(grants, { tag });
    const Statement = document.Statement.map(
      ({ Condition: { [operator]: _, ...Condition } = {}, ...rest }) => ({
        ...rest,
        ...(Object.keys(Condition).length > 0 ? { Condition } : {}),
      }),
    );
    expect(JSON.stringify(document)).toContain(`"${operator}"`);
    const { failures } = proveShard({ ...document, Statement }, { grants, now });
    const shown = failures.map(({ probe: { conditions = {} }, expected, problem }) => ({
      prefix: conditions['s3:prefix'],
      expected,
      problem,
    }));
    const own = `${prefixes[0]}/`;
    const prefix = operator === 'StringLike' ? undefined : ['', own];
    expect(shown).toContainEqual({ prefix, expected: false, problem: undefined });
  });

  it('of a full shard takes about 15 ms', () => {
    const grants: PolicyGrant[] = [];
    for (let load = 0; ;) {
      const n = grants.length;
      const grant = grantOf({
        prefix: `users-warehouse/owner/${String(n).padStart(38, 'x')}`,
        permission: n % 2 ? 'read' : 'write',
      });
      load += weightOf(grant, 'cdm-lake');
      if (load > SHARD_CAPACITY) break;
      grants.push(grant);
    }
    expect(grants.length).toBeGreaterThanOrEqual(75);
    const document = shardDocument(grants, { tag });
    const times = Array.from({ length: 30 }, () => {
      // CPU time: other work on the machine is not the proof's.
      const started = process.cpuUsage();
      expect(proveShard(document, { grants, now })).toEqual(good);
      const { user, system } = process.cpuUsage(started);
      return (user + system) / 1000;
    });
    // Twice and more: the tests share the machine with one another.
    expect(Math.min(...times)).toBeLessThan(40);
  });
});

describe('the proof of a home', () => {
  const home = homePolicy(location);

  it('holds for what is built, and for its own user only', () => {
    expect(proveHome(home, location)).toEqual(good);
    for (const userName of ['alice2', 'alic', 'bob'])
      expect(proveHome(home, { ...location, userName }).ok).toBe(false);
    expect(proveHome(home, { ...location, bucket: 'other' }).ok).toBe(false);
  });

  it('is refused without the Deny, with half of it, with a narrower or a conditional one', () => {
    const others = home.Statement.filter(({ Effect }) => Effect !== 'Deny');
    const denying = (...deny: PolicyStatement[]) =>
      proveHome({ ...home, Statement: [...others, ...deny] }, location).ok;
    const Effect = 'Deny' as const;
    expect(denying()).toBe(false);
    expect(denying({ Effect, Action: ['admin:CreateUser'] })).toBe(false);
    expect(denying({ Effect, Action: ['admin:CreateUser', 'admin:CreateServiceAccount'] })).toBe(false);
    const Condition = { DateLessThan: { 'aws:CurrentTime': ['2040-01-01T00:00:00Z'] } };
    expect(denying({ Effect, Action: ['admin:*'], Condition })).toBe(false);
    expect(denying({ Effect: 'Allow', Action: ['admin:*'] })).toBe(false);
    expect(denying({ Effect, Action: ['admin:*'] })).toBe(true);
  });

  it.each(Object.keys(CHANGES).filter((name) => !/date/.test(name) || name.includes('none')))(
    'is refused after: %s',
    (name) => {
      const change = CHANGES[name] as Change;
      const documents = home.Statement.flatMap((statement, index) =>
        statement.Effect === 'Deny'
          ? []
          : [0, 1, 2, 3, 4].flatMap((pick) => broken(home, change, index, pick) ?? []),
      );
      expect(documents.length).toBeGreaterThan(0);
      for (const document of documents) expect(proveHome(document, location)).toMatchObject({ ok: false });
    },
  );
});

describe('the proof of the base of a group', () => {
  it('holds for what is built, and not for a list, an object or another bucket', () => {
    const base = groupBaseDocument('cdm-lake');
    expect(proveGroupBase(base, 'cdm-lake')).toEqual(good);
    expect(proveGroupBase(base, 'other').ok).toBe(false);
    for (const [name, change] of Object.entries(CHANGES)) {
      const wrong = broken(base, change, 0, 0);
      if (wrong) expect([name, proveGroupBase(wrong, 'cdm-lake').ok]).toEqual([name, false]);
    }
  });
});
