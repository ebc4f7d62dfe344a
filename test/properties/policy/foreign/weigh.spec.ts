import fc from 'fast-check';
import type { PolicyDocument } from '../../../../src/madmin/types.js';
import { weighAccess } from '../../../../src/policy/access-question.js';
import { evaluate } from '../../../../src/policy/evaluate.js';
import { shardDocument } from '../../../../src/policy/grants/grants.js';
import { matchesBelow, matchWildcard } from '../../../../src/policy/matching/wildcards.js';
import { weigh } from '../../../../src/policy/foreign/weigh.js';
import { anyGrants } from '../arbitraries.js';

const Version = '2012-10-17';
const ask = { action: 'read', bucket: 'b', prefix: 'x/y', folder: false, now: new Date(0) } as const;
const letters = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é'), maxLength: 6 });
const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '?', 'é'), maxLength: 6 });

describe('documents that others wrote', () => {
  it('are weighed whatever they are, and never throw', () => {
    const statement = fc.record(
      {
        Effect: fc.constantFrom('Allow', 'Deny', 'Maybe'),
        Action: fc.oneof(fc.constantFrom('s3:*', '*'), fc.jsonValue()),
        Resource: fc.oneof(fc.constantFrom('*', 'arn:aws:s3:::${x'), fc.jsonValue()),
        Condition: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.record({ Version: fc.constant(Version), Statement: fc.oneof(fc.array(statement), fc.jsonValue()) }),
    );
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 3 }), (documents) => {
        expect([true, false, 'unknown']).toContain(
          weighAccess(documents as unknown as PolicyDocument[], ask).allowed,
        );
      }),
    );
  });

  it('get the strict answer where they say what is written here', () => {
    fc.assert(
      fc.property(anyGrants, fc.nat(), (grants, at) => {
        const { bucket, prefix } = grants[at % grants.length] as (typeof grants)[number];
        const document = shardDocument(grants, { tag: 't' });
        const request = {
          action: 's3:GetObject',
          bucket,
          key: `${prefix}/x`,
          conditions: { 's3:prefix': undefined, 'aws:CurrentTime': '2030-01-01T00:00:10Z' },
        };
        expect(weigh([document], request).allowed).toBe(evaluate([document], request).allowed);
      }),
    );
  });

  it.each([
    ['an address', { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }],
    ['a tag', { StringEquals: { 's3:ExistingObjectTag/a': 'b' } }],
    ['an operator of tomorrow', { StringSounds: { 's3:prefix': 'x' } }],
  ])('leave open what hangs on %s, as an Allow and as a Deny', (_, Condition) => {
    const on = { Action: 's3:*', Resource: 'arn:aws:s3:::*' };
    const all = { Version, Statement: [{ Effect: 'Allow', ...on }] } as PolicyDocument;
    const allow = { Version, Statement: [{ Effect: 'Allow', ...on, Condition }] } as PolicyDocument;
    const deny = { Version, Statement: [{ Effect: 'Deny', ...on, Condition }] } as PolicyDocument;
    const answers = [[allow], [all, allow], [all, deny], [deny], [null], [all, null]];
    expect(answers.map((documents) => weighAccess(documents, ask).allowed)).toEqual([
      'unknown',
      true,
      'unknown',
      false,
      'unknown',
      'unknown',
    ]);
  });

  it('leave open a folder of which they give a part', () => {
    const of = (Resource: string) =>
      weighAccess([{ Version, Statement: [{ Effect: 'Allow', Action: 's3:*', Resource }] }], {
        ...ask,
        prefix: 'x',
        folder: true,
      }).allowed;
    const arns = ['b/*', 'b/x/*', 'b/x/y/*', 'b/*.csv', 'b/x', 'b/xy/*', 'b/z*'].map(
      (each) => `arn:aws:s3:::${each}`,
    );
    expect(arns.map(of)).toEqual([true, true, 'unknown', 'unknown', false, false, false]);
  });

  it('find a pattern that reaches below a text', () => {
    fc.assert(
      fc.property(pattern, letters, letters, (wild, start, rest) => {
        if (matchWildcard(wild, start + rest)) expect(matchesBelow(wild, start)).toBe(true);
        const reachable = matchesBelow(wild, start) && !wild.includes('?') && !wild.includes('*');
        if (reachable) expect(wild.startsWith(start)).toBe(true);
      }),
    );
  });
});
