import { readFileSync } from 'node:fs';
import { serialise } from '../../../../src/policy/documents.js';
import { groupBaseDocument, type PolicyGrant, shardDocument } from '../../../../src/policy/grants/grants.js';
import { guestPolicy, homePolicy } from '../../../../src/policy/home-policy.js';
import { grantOf } from '../arbitraries.js';

/** Documents as they were written before there were several homes and name prefixes. */
const BEFORE = JSON.parse(readFileSync('test/fixtures/policy/unchanged.json', 'utf8')) as Record<
  string,
  string
>;

const grant = (prefix: string, more: Partial<PolicyGrant> = {}) =>
  grantOf({ prefix, folder: true, permission: 'read', ...more });
const GRANTS = [
  grant('users-warehouse/alice/reports'),
  grant('users-warehouse/alice/reports/2026', { permission: 'write' }),
  grant('users-warehouse/bob/one.parquet', { folder: false, permission: 'write' }),
  grant('reference', { bucket: 'other-lake' }),
  grant('users-warehouse/carol/until', { expiresAt: new Date('2030-01-02T03:04:05Z') }),
  grant('users-warehouse/carol/ünï "x"', {
    permission: 'write',
    expiresAt: new Date('2031-01-02T03:04:05Z'),
  }),
];
const many = Array.from({ length: 40 }, (_, n) =>
  grant(`users-warehouse/dave/${String(n).padStart(38, 'x')}`),
);
const base = 'cdm-lake';
const tag = 'mgr:user:bob:1';

/** MinIO's cost of a request grows with the documents of its user. Who uses none of the newer forms has the same documents as before. */
describe('documents of users without several homes and name prefixes', () => {
  const documents = {
    home: homePolicy({ bucket: 'cdm-lake', usersPrefix: 'users-warehouse', userName: 'alice' }),
    'a home of the shortest name': homePolicy({ bucket: 'lake', usersPrefix: 'a/b-c', userName: 'x' }),
    guest: guestPolicy('data-products'),
    'base of a group': groupBaseDocument('cdm-lake'),
    grants: shardDocument(GRANTS, { tag, base }),
    'grants of readers': shardDocument(GRANTS, { tag: 'mgr:readers:KBase:1', base, lower: true }),
    'grants without a base': shardDocument(GRANTS, { tag: 'mgr:group:KBase:1' }),
    'many grants': shardDocument(many, { tag: 'mgr:user:bob:2', base }),
    'one grant': shardDocument(GRANTS.slice(0, 1), { tag, base }),
  };

  it.each(Object.entries(documents))('are the same byte for byte: %s', (name, document) => {
    expect(serialise(document)).toBe(BEFORE[name]);
  });

  it('are all compared', () => expect(Object.keys(documents)).toEqual(Object.keys(BEFORE)));
});
