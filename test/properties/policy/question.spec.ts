import fc from 'fast-check';
import type { PolicyDocument, PolicyStatement } from '../../../src/madmin/types.js';
import { reaches } from '../../../src/policy/access-question.js';
import { UnsupportedPolicyError } from '../../../src/policy/evaluate.js';
import { shardDocument } from '../../../src/policy/grants/grants.js';
import { homePolicy } from '../../../src/policy/home-policy.js';
import { ReferenceModel } from '../../../src/policy/proof/model.js';
import { anyGrants, grantOf } from './arbitraries.js';

const now = new Date('2030-01-01T00:00:10Z');
const ACTIONS = ['read', 'write', 'list', 'delete'] as const;
const home = homePolicy({ bucket: 'cdm-lake', usersPrefix: 'users-warehouse', userName: 'alice' });
const held = (...documents: PolicyDocument[]) =>
  documents.map((document, n) => ({ name: `policy${n}`, document }));
const statements = (...Statement: PolicyStatement[]) => held({ Version: '2012-10-17', Statement });
const ask = (prefix: string, folder = true) => ({
  bucket: 'cdm-lake',
  prefix,
  folder,
  action: 'read' as const,
  now,
});

describe('an access question', () => {
  it('has the answer that the grants give, for folders and objects at and around them', () => {
    const end = fc.constantFrom('', '/in', '/in/deeper', '2', 'x');
    fc.assert(
      fc.property(anyGrants, fc.nat(), end, fc.boolean(), (grants, pick, suffix, folder) => {
        const { bucket, prefix: start } = grants[pick % grants.length] ?? grantOf({});
        const prefix = start + suffix;
        const documents = held(home, shardDocument(grants, { tag: 'mgr:user:alice:1' }));
        const model = new ReferenceModel({ grants });
        const conditions = { 'aws:CurrentTime': now.toISOString() };
        const key = folder ? `${prefix}/any` : prefix;
        const object = (action: string) => model.allows({ action, bucket, key, conditions });
        const expected = {
          read: object('s3:GetObject'),
          write: object('s3:PutObject'),
          delete: object('s3:DeleteObject'),
          list: model.allows({
            action: 's3:ListBucket',
            bucket,
            conditions: { ...conditions, 's3:prefix': `${prefix}/` },
          }),
        };
        for (const action of ACTIONS) {
          const { allowed, because } = reaches(documents, { bucket, prefix, folder, action, now });
          expect([action, allowed, because?.name]).toEqual([
            action,
            expected[action],
            expected[action] ? 'policy1' : undefined,
          ]);
        }
      }),
    );
  });

  it('names the document and the statement that decided', () => {
    const deny = {
      Effect: 'Deny' as const,
      Action: ['s3:GetObject'],
      Resource: ['arn:aws:s3:::cdm-lake/users-warehouse/alice/x/*'],
    };
    const documents = [
      ...held(home),
      { name: 'theirs', document: { Version: '2012-10-17' as const, Statement: [deny] } },
    ];
    const index = home.Statement.findIndex(({ Sid }) => Sid === 'Home');
    expect(reaches(documents, ask('users-warehouse/alice'))).toEqual({
      allowed: true,
      because: { name: 'policy0', statement: index },
    });
    expect(reaches(documents, ask('users-warehouse/alice/x'))).toEqual({
      allowed: false,
      because: { name: 'theirs', statement: 0 },
    });
    expect(reaches(documents, ask('users-warehouse/bob'))).toEqual({ allowed: false });
  });

  it('takes a folder as reached only by what covers all of it', () => {
    const reading = (...Resource: string[]) =>
      reaches(
        statements({
          Effect: 'Allow',
          Action: ['s3:GetObject'],
          Resource: Resource.map((r) => `arn:aws:s3:::${r}`),
        }),
        ask('a/b'),
      ).allowed;
    expect(
      ['cdm-lake/a/b/*', 'cdm-lake/a/*', 'cdm-lake/*', '*', 'cdm-lake/a/b*', 'cdm-lake/?/b/*'].filter(
        (r) => !reading(r),
      ),
    ).toEqual([]);
    const less = [
      'cdm-lake/a/b',
      'cdm-lake/a/b/x*',
      'cdm-lake/a/b/?',
      'cdm-lake/a/b/*.csv',
      'cdm-lake/a/b/*/c',
      'cdm-lake/a/bc/*',
    ];
    expect(less.filter((r) => reading(r))).toEqual([]);
  });

  it('fills in the user for documents that others wrote, or gives no answer', () => {
    const documents = statements({
      Effect: 'Allow',
      Action: ['s3:GetObject'],
      Resource: ['arn:aws:s3:::cdm-lake/users/${aws:username}/*'],
    });
    expect(reaches(documents, { ...ask('users/alice'), principal: 'alice' }).allowed).toBe(true);
    expect(reaches(documents, { ...ask('users/bob'), principal: 'alice' }).allowed).toBe(false);
    expect(() => reaches(documents, ask('users/alice'))).toThrow(UnsupportedPolicyError);
  });
});
