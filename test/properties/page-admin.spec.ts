import fc from 'fast-check';
import { actsOf } from '../../web/src/admin/provisions/acts.js';
import { barsOf, topOf } from '../../web/src/admin/overview/scale.js';
import { endingOf, granteeOf } from '../../web/src/parts/access/endings.js';
import { lastName, withName } from '../../web/src/parts/names/last-name.js';

const NAME = fc.stringMatching(/^[a-z0-9][a-z0-9_.@-]{0,9}$/);

describe('a field for names', () => {
  it('puts the picked name in place of the last one, and keeps those before it', () => {
    fc.assert(
      fc.property(fc.array(NAME, { maxLength: 4 }), NAME, NAME, (before, typed, picked) => {
        const text = [...before, typed].join(', ');
        expect(lastName(text, true)).toBe(typed);
        const after = withName(text, picked, true);
        expect(after.split(/[\s,]+/).filter(Boolean)).toEqual([...before, picked]);
        expect(lastName(after, true)).toBe('');
      }),
    );
  });

  it('of one name takes what stands there as a whole', () => {
    expect([lastName(' a b ', false), withName('a b', 'carol', false)]).toEqual(['a b', 'carol']);
  });
});

describe('the bars of a chart', () => {
  it('stand side by side, none above the axis, the highest in its upper half', () => {
    const values = fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(values, (numbers) => {
        const bars = barsOf(
          numbers.map((value) => ({ at: '', value })),
          320,
          100,
        );
        const top = topOf(numbers);
        expect(top).toBeGreaterThanOrEqual(Math.max(...numbers));
        bars.forEach(({ x, y, width, height }, index) => {
          expect(width).toBeGreaterThan(0);
          expect(x + width).toBeLessThanOrEqual(320.001);
          expect(x).toBeGreaterThanOrEqual((320 / bars.length) * index);
          expect(y).toBeGreaterThanOrEqual(-0.001);
          expect(y + height).toBeCloseTo(100);
          expect(height > 0).toBe((numbers[index] ?? 0) > 0);
        });
        if (Math.max(...numbers) > 0) expect(top).toBeLessThanOrEqual(Math.max(...numbers) * 2.5);
      }),
    );
  });
});

describe('who may end access', () => {
  const grant = {
    ...{ path: 's3a://lake/users/alice/a/', permission: 'read' as const, expires_at: null },
    ...{ granted_by: 'admin', owner: 'alice' as string | null, origin: 'share' },
  };
  const because = { via: 'user bob', permission: 'read' as const, grant };
  const admin = { user_name: 'admin', admin: true };

  it('is the owner, whoever gave it, and an administrator in the place of the owner', () => {
    const ending = {
      kind: 'share',
      owner: 'alice',
      path: grant.path,
      grantee: { kind: 'user', name: 'bob' },
    };
    expect(endingOf(because, { user_name: 'alice', admin: false })).toEqual(ending);
    expect(endingOf(because, admin)).toEqual(ending);
    for (const user_name of ['bob', 'admin'])
      expect(endingOf(because, { user_name, admin: false })).toBeUndefined();
    // from before its owner was recorded
    expect(endingOf({ ...because, grant: { ...grant, owner: null } }, admin)).toMatchObject({
      owner: 'admin',
    });
  });

  it('is an administrator alone of what administrators gave a group, and nobody of the rest', () => {
    const given = { ...because, via: 'group Team', grant: { ...grant, origin: 'group' } };
    expect(endingOf(given, admin)).toEqual({ kind: 'group', group: 'Team', path: grant.path });
    expect(endingOf(given, { user_name: 'alice', admin: false })).toBeUndefined();
    for (const origin of ['role', 'data_product', 'adopted'])
      expect(endingOf({ ...because, grant: { ...grant, origin } }, admin)).toBeUndefined();
    for (const via of ['owner', 'foreign_policy'])
      expect(endingOf({ via, permission: 'read' }, admin)).toBeUndefined();
    expect(granteeOf('everyone')).toEqual({ kind: 'group', name: 'everyone' });
  });
});

describe('what can be done with a provision', () => {
  const of = (status: any, kind = 'share', events: string[] = [], discarded_at: string | null = null) =>
    actsOf({ status, kind, events: events.map((event) => ({ event, at: '', detail: {} })), discarded_at });

  it('follows from its state, and nothing is offered that the service would refuse', () => {
    expect(of('pending')).toEqual(['retry', 'cancel']);
    expect(of('failed')).toEqual(['redrive', 'discard']);
    expect(of('failed', 'share', ['failed', 'redriven'])).toEqual([]);
    expect(of('failed', 'share', ['failed', 'discarded'], '2030-01-01T00:00:00Z')).toEqual([]);
    expect(of('completed')).toEqual(['undo']);
    expect(of('completed', 'share', ['completed', 'undone'])).toEqual([]);
    expect(of('completed', 'access.grant')).toEqual([]);
    for (const status of ['processing', 'pending_action', 'cancelled']) expect(of(status)).toEqual([]);
  });
});
