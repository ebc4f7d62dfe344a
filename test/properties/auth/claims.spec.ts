import { claimAt, isEmailVerified, rolesIn } from '../../../src/auth/authenticators/oidc/claims.js';

const roles = ['lake-admin'];

describe('a claim of a token', () => {
  it.each<[string, Record<string, unknown>, unknown]>([
    ['roles', { roles }, roles],
    ['realm_access.roles', { realm_access: { roles } }, roles],
    ['realm_access.roles', { 'realm_access.roles': ['whole'], realm_access: { roles } }, ['whole']],
    ['resource_access.lake.example.org.roles', { resource_access: { 'lake.example.org': { roles } } }, roles],
    [
      'resource_access.lake.example.org.roles',
      { resource_access: { lake: { 'example.org': { roles: ['shorter'] } }, 'lake.example.org': { roles } } },
      roles,
    ],
    ['a.b.c', { 'a.b': { x: 1 }, a: { b: { c: roles } } }, roles],
    ['a.0', { a: roles }, undefined],
    ['a.b', { a: 'text' }, undefined],
    ['constructor.name', {}, undefined],
    ['__proto__', {}, undefined],
  ])('%s is found at the longest key', (name, claims, value) => {
    expect(claimAt(claims, name)).toEqual(value);
  });

  it.each<[string, unknown, string[] | undefined]>([
    ['roles', 'Print Admins', ['Print Admins']],
    ['scope', 'openid  lake', ['openid', 'lake']],
    ['scp', 'lake', ['lake']],
    ['roles', ['Print Admins', 'x', 7], ['Print Admins', 'x']],
    ['roles', { 'Print Admins': { id: 1 }, x: {} }, ['Print Admins', 'x']],
    ['roles', 7, undefined],
    ['roles', null, undefined],
    ['roles', undefined, undefined],
  ])('%s %j gives the roles %j', (name, value, expected) => {
    expect(rolesIn({ [name]: value }, name)).toEqual(expected);
  });

  it('an e-mail address is verified by true, also as a text, and by nothing else', () => {
    const values = [true, 'true', false, 'false', 'TRUE', 1, 'yes', {}, undefined];
    expect(values.filter((email_verified) => isEmailVerified({ email_verified }))).toEqual([true, 'true']);
  });
});
