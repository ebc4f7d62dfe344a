import fc from 'fast-check';
import { columnsOf, type Holds, holdsIn, roleOf } from '../../../src/access/memberships/holds.js';
import {
  confirmsEmpty,
  isNothing,
  isTotalLoss,
  mayLoseAll,
  planLogin,
  SECOND_ANSWER_MS,
  stepOf,
} from '../../../src/groups/logins/login-plan.js';
import type { GivenGroup } from '../../../src/database/tables/membership-tables.js';

const ROLES = ['reader', 'member', 'owner'] as const;
const role = fc.constantFrom(...ROLES);
const holds = fc.record({ hand: role, role, login: role }, { requiredKeys: [] }) as fc.Arbitrary<Holds>;

describe('a membership that several give', () => {
  it('has the role given by hand, otherwise the highest, and ends with the last', () => {
    fc.assert(
      fc.property(holds, (held) => {
        const given = [held.role, held.login].filter((each) => each !== undefined);
        const highest = given.sort((a, b) => ROLES.indexOf(b) - ROLES.indexOf(a))[0];
        expect(roleOf(held)).toBe(held.hand ?? highest);
      }),
    );
  });

  it('is read from its columns as it was written', () => {
    fc.assert(
      fc.property(holds, (held) => {
        if (roleOf(held)) expect(holdsIn(columnsOf(held))).toEqual(held);
        else expect(() => columnsOf(held)).toThrow();
      }),
    );
  });

  it.each([
    [false, { hand: 'owner' }],
    [true, { role: 'owner' }],
  ])('that an older version wrote (by a role: %s) is read, too', (managed, expected) => {
    const row = { role: 'owner', managed, by_hand: null, by_role: null, by_login: null } as const;
    expect(holdsIn(row)).toEqual(expected);
  });
});

const NAMES = ['Aa', 'Bb', 'Cc', 'Dd'];
const named = fc.uniqueArray(fc.record({ group: fc.constantFrom(...NAMES), role }), {
  selector: ({ group }) => group,
});
const ids = fc
  .uniqueArray(fc.constantFrom(...NAMES))
  .chain((groups) =>
    fc.tuple(...groups.map((name) => fc.tuple(fc.constant(name), fc.constantFrom('1', '2')))),
  )
  .map((pairs) => new Map(pairs.map(([name, id]) => [name, `${name}${id}`])));

describe('what follows from a login', () => {
  it('is what it names and exists, whatever came before; the next one like it changes nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(named, ids), { minLength: 1, maxLength: 6 }), (logins) => {
        const members = new Map<string, string>();
        let given: GivenGroup[] = [];
        for (const [names, groups] of logins) {
          // groups that are gone took their members with them
          for (const id of members.keys()) if (![...groups.values()].includes(id)) members.delete(id);
          const plan = planLogin(names, given, groups);
          for (const { group_id } of plan.end) members.delete(group_id);
          for (const each of [...plan.give, ...plan.change]) members.set(each.group_id, each.role);
          given = plan.given;
          const wanted = names.flatMap(({ group, role: as }) => {
            const id = groups.get(group);
            return id ? [[id, as] as const] : [];
          });
          expect([...members].sort()).toEqual(wanted.sort());
          expect(plan.missing).toEqual(names.filter(({ group }) => !groups.has(group)));
          expect(isNothing(planLogin(names, given, groups))).toBe(true);
        }
      }),
    );
  });

  const given: GivenGroup[] = [{ group: 'Aa', role: 'member', group_id: 'a' }];
  const known = {
    named: [{ group: 'Aa', role: 'member' as const }],
    given,
    asOf: 1000,
    ids: new Map([['Aa', 'a']]),
    waits: null,
    waitedMs: null,
    emptyBy: null,
  };
  const terms = { by: 'x', dryRun: false, issued: true };
  const none = { groups: [], nothing: true, asOf: 2000 };

  it.each([
    ['an earlier login', { ...none, asOf: 999 }, 'nothing'],
    ['the same again', { groups: known.named, nothing: false, asOf: 1000 }, 'nothing'],
    ['the same in a later token', { groups: known.named, nothing: false, asOf: 2000 }, 'note'],
    ['a login without any name', none, 'wait'],
    ['a login with names of which none counts', { ...none, nothing: false }, 'apply'],
    [
      'another role',
      { groups: [{ group: 'Aa', role: 'owner' as const }], nothing: false, asOf: 1000 },
      'apply',
    ],
  ])('depends on its time and its content: %s', (_, login, step) => {
    expect(stepOf(known, login, terms)).toBe(step);
    expect(stepOf(known, login, { ...terms, dryRun: true })).toBe(step === 'nothing' ? 'nothing' : 'note');
  });

  it('is no loss of everything until another answer without groups confirms the first', () => {
    const waiting = {
      ...known,
      named: [],
      asOf: 2000,
      waits: 'second_answer',
      waitedMs: 1000,
      emptyBy: 'x',
    } as const;
    const later = { ...none, asOf: 3000 };
    expect(stepOf(waiting, later, terms)).toBe('nothing');
    expect(stepOf({ ...waiting, waitedMs: SECOND_ANSWER_MS }, later, terms)).toBe('apply');
    expect(stepOf(waiting, later, { ...terms, by: 'y' })).toBe('apply');
    // groups again: the wait is over, and nothing was lost
    expect(stepOf(waiting, { groups: known.named, nothing: false, asOf: 3000 }, terms)).toBe('note');
    expect(confirmsEmpty(known, 'y')).toBe(false);
    expect(isTotalLoss(planLogin([], given, known.ids))).toBe(true);
    expect(isTotalLoss(planLogin([], given, new Map()))).toBe(false);
  });

  it('stops before more than two people, or a fifth of them, lose everything', () => {
    const allowed = [1, 4, 14, 15, 100].map((holding) => {
      let lost = 0;
      while (mayLoseAll({ lost, holding })) lost++;
      return lost;
    });
    expect(allowed).toEqual([2, 2, 2, 3, 20]);
  });
});
