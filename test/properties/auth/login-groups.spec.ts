import fc from 'fast-check';
import { groupMapping } from '../../../src/auth/authenticators/login-groups.js';
import { GroupsClaim } from '../../../src/auth/authenticators/oidc/groups-claim.js';
import { parseGroupRules } from '../../../src/config/parts/groups-from.js';
import { checkGroupName } from '../../../src/policy/names.js';

/** What a map makes of names, as `group:role`. */
const mapped = (map: string | undefined, names: string[]): string[] =>
  groupMapping(map === undefined ? undefined : parseGroupRules(map))(names).map(
    ({ group, role }) => `${group}:${role}`,
  );

describe('the names of a login become groups', () => {
  it.each<[string, string | undefined, string[], string[]]>([
    ['each as it is', undefined, ['KBase', 'BER'], ['BER:member', 'KBase:member']],
    [
      'without those that no group can have',
      undefined,
      ['/lake', 'a', 'everyone', 'ReadWrite', 'x y', 'ok'],
      ['ok:member'],
    ],
    ['by a whole path', '/{group}={group}', ['/lake', '/lake/admins', 'lake'], ['lake:member']],
    ['with a role', '/teams/{group}/admins={group}:owner', ['/teams/lake/admins'], ['lake:owner']],
    [
      'with the highest of several roles',
      '/teams/{group}={group}:reader,/teams/{group}/admins={group}:owner',
      ['/teams/lake/admins', '/teams/lake', '/teams/sea'],
      ['lake:owner', 'sea:reader'],
    ],
    [
      'with something before and after',
      'proj-{group}-rw=p-{group}',
      ['proj-x-rw', 'proj--rw'],
      ['p-x:member'],
    ],
    ['by any text', '/staff*=staff', ['/staff', '/staff/a/b', '/staffing', 'staff'], ['staff:member']],
    ['with several groups of one name', 'a=one,a=two', ['a'], ['one:member', 'two:member']],
    ['by a distinguished name', 'cn=lake%2Cou=groups=lake', ['cn=lake,ou=groups'], ['lake:member']],
    ['by a name with wildcards in it', 'a%2A%7Bgroup%7D=lake', ['a*{group}', 'axgroup'], ['lake:member']],
    ['by the case of the name', 'Lake=lake', ['lake', 'LAKE', 'Lake'], ['lake:member']],
    [
      'by nothing that only looks like a pattern',
      'a.b[c]=lake',
      ['axb[c]', 'a.bc', 'a.b[c]'],
      ['lake:member'],
    ],
    [
      'not with a part that is no name',
      'x-{group}={group}',
      ['x-everyone', 'x-a b', 'x-$&', 'x-ok'],
      ['ok:member'],
    ],
  ])('%s', (_, map, names, groups) => {
    expect(mapped(map, names)).toEqual(groups);
  });

  it.each([
    ['', 'entry 1: must be PATTERN=GROUP'],
    ['a', 'entry 1: must be PATTERN=GROUP'],
    ['=a', 'entry 1: must be PATTERN=GROUP'],
    ['ok=ok,a=', 'entry 2: must be PATTERN=GROUP'],
    ['a=lake:king', 'entry 1: the role must be one of'],
    ['a=lake:owner:owner', 'entry 1: the role must be one of'],
    ['a=9x', "entry 1: the group must be a group's name"],
    ['a=x', "entry 1: the group must be a group's name"],
    ['a=la ke', "entry 1: the group must be a group's name"],
    ['a=*', "entry 1: the group must be a group's name"],
    ['{group}={group}{group}', "entry 1: the group must be a group's name"],
    ['a={group}', 'entry 1: {group} in the group needs'],
    ['{group}-{group}=lake', 'entry 1: the pattern may have {group} once'],
    ['**=lake', 'entry 1: the pattern may have {group} once'],
    ['{user}=lake', 'entry 1: braces in the pattern'],
    ['50%=lake', 'entry 1: a percent sign'],
  ])('and a map that is none is refused: %s', (map, message) => {
    expect(() => parseGroupRules(map)).toThrow(message);
  });

  it('and are always groups, each once, in one order, whatever the names are', () => {
    const names = fc.array(fc.oneof(fc.string(), fc.stringMatching(/^\/teams\/[a-zA-Z/]{0,8}$/)), {
      maxLength: 30,
    });
    const maps = fc.constantFrom(undefined, '{group}={group}', '/teams/{group}*={group}:reader,*=all');
    fc.assert(
      fc.property(names, maps, (given, map) => {
        const found = mapped(map, given);
        const groups = found.map((each) => each.split(':')[0] ?? '');
        expect(groups.filter((group) => checkGroupName(group))).toEqual([]);
        expect(groups).toEqual([...new Set(groups)].sort());
        expect(mapped(map, [...given].reverse())).toEqual(found);
      }),
    );
  });
});

describe('a claim with groups', () => {
  const reported: unknown[] = [];
  const reader = (name = 'groups') => {
    const claim = new GroupsClaim(name);
    return (claims: Record<string, unknown>) => claim.namesIn(claims, (value) => reported.push(value));
  };
  beforeEach(() => reported.splice(0));

  it.each<[string, unknown, string[] | undefined]>([
    ['a list', ['/lake', '/sea'], ['/lake', '/sea']],
    ['an empty list', [], []],
    ['a text, which is one name', 'lake admins', ['lake admins']],
    ['an empty text', '', []],
    ['an object, by its keys', { lake: {}, sea: {} }, ['lake', 'sea']],
    ['a list of something else', [{ name: 'lake' }], undefined],
    ['a list of which some are no texts', ['lake', 7], undefined],
    ['a number', 7, undefined],
    ['null', null, undefined],
  ])('is %s', (_, groups, names) => {
    expect(reader()({ azp: 'lake', groups })).toEqual(names);
    expect(reported).toHaveLength(names ? 0 : 1);
  });

  it('that is missing says nothing, unless tokens of the same client have had it', () => {
    const read = reader();
    expect(read({ azp: 'lake' })).toBeUndefined();
    expect(read({ azp: 'lake', groups: ['x'] })).toEqual(['x']);
    expect(read({ azp: 'lake' })).toEqual([]);
    expect(read({ client_id: 'lake' })).toEqual([]);
    expect(read({ azp: 'other' })).toBeUndefined();
    expect(read({})).toBeUndefined();
    // without a client, tokens with the claim say nothing about tokens without it
    expect(read({ groups: ['x'] })).toEqual(['x']);
    expect(read({})).toBeUndefined();
  });

  it('of another form does not make a client known', () => {
    const read = reader();
    expect(read({ azp: 'lake', groups: 7 })).toBeUndefined();
    expect(read({ azp: 'lake' })).toBeUndefined();
  });

  it('may be a client’s roles', () => {
    const read = reader('resource_access.lake.example.org.roles');
    const roles = ['writer'];
    expect(read({ azp: 'a', resource_access: { 'lake.example.org': { roles } } })).toEqual(roles);
    expect(read({ azp: 'a', resource_access: { lake: { roles } } })).toEqual([]);
  });
});
