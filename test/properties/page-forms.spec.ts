import fc from 'fast-check';
import { approvalOf } from '../../web/src/pages/requests/approval.js';
import { namesIn, requestOf } from '../../web/src/pages/shares/share-form.js';
import { endsSoon } from '../../web/src/pages/home/soon.js';

const DAY_MS = 86_400_000;
const FORM = {
  path: ' s3a://lake/users/alice/x/ ',
  users: '',
  groups: '',
  permission: 'read' as const,
  until: '',
  reason: ' ',
  awaitLogin: false,
};

describe('what somebody fills in at the page', () => {
  it('names each person once, however the names are set apart', () => {
    const name = fc.stringMatching(/^[a-z0-9_.@-]{1,8}$/);
    const apart = fc.stringMatching(/^[ ,;\n\t]{1,3}$/);
    fc.assert(
      fc.property(fc.array(name), apart, (names, between) => {
        expect(namesIn(names.join(between))).toEqual([...new Set(names)]);
      }),
    );
  });

  it('asks for nothing that was left empty', () => {
    expect(requestOf(FORM)).toEqual({ path: 's3a://lake/users/alice/x/', permission: 'read' });
    expect(requestOf({ ...FORM, users: 'bob', reason: 'review', awaitLogin: true })).toEqual({
      ...{ path: 's3a://lake/users/alice/x/', permission: 'read' },
      ...{ with_users: ['bob'], reason: 'review', await_login: true },
    });
  });

  it('ends with the day, in the time zone of the person', () => {
    const end = new Date(requestOf({ ...FORM, until: '2030-01-31' }).expires_at ?? '');
    expect([end.getFullYear(), end.getMonth(), end.getDate(), end.getHours(), end.getMinutes()]).toEqual([
      ...[2030, 0, 31],
      ...[23, 59],
    ]);
  });

  it('approves what was asked for, and nothing else', () => {
    const asked = { path: 's3a://lake/users/bob/x/', permission: 'write' } as Parameters<
      typeof approvalOf
    >[0];
    expect(approvalOf(asked, '')).toEqual({ permission: 'write' });
    const joins = { group: 'Team', role: 'reader' } as Parameters<typeof approvalOf>[0];
    expect(approvalOf(joins, '2030-01-31')).toEqual({ role: 'reader' });
  });

  it('sees what ends within two weeks, the first to end first', () => {
    const now = Date.parse('2030-01-01T00:00:00Z');
    const at = fc.option(fc.integer({ min: 0, max: 60 }), { nil: null });
    fc.assert(
      fc.property(fc.array(at), (days) => {
        const shares = days.map((day) => ({
          expires_at: day === null ? null : new Date(now + day * DAY_MS).toISOString(),
        }));
        const ends = endsSoon(shares, now).map(
          ({ expires_at }) => (Date.parse(`${expires_at}`) - now) / DAY_MS,
        );
        expect(ends).toEqual(
          days.filter((day) => day !== null && day <= 14).sort((a, b) => Number(a) - Number(b)),
        );
      }),
    );
  });
});
