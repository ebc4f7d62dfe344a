import { SubjectLease } from '../../../src/access/leases/leases.js';
import type { LeasesStore } from '../../../src/access/leases/leases.store.js';
import type { DesiredUser } from '../../../src/access/desired/desired.js';
import type { ObservedUser } from '../../../src/access/plan/observe.js';
import { planFor } from '../../../src/access/plan/plan.js';
import type { AgedRow } from '../../../src/access/subjects/row-ages.store.js';

/** A person who has called, and has needed nothing in MinIO yet. */
const UNWRITTEN = {
  kind: 'user',
  name: 'alice',
  principal: 'alice',
  status: 'active',
  unchecked: true,
  foreign_secret: true,
  suspect: false,
  attempts: 0,
  generation: 1,
  applied_generation: 0,
  unsettled_until: null,
  written_ms_ago: null,
} as unknown as AgedRow;

/** A MinIO user that has no policy at all. */
const BARE: ObservedUser = {
  kind: 'user',
  user: { status: 'enabled', policies: [], groups: [] },
  document: null,
  documents: new Map(),
};

describe('a person for whom nothing was written in MinIO', () => {
  function lease(row: AgedRow): SubjectLease {
    const found = { row, asked: 0, answered: 0 };
    return new SubjectLease({} as LeasesStore, 'user:alice', 'holder', false, found);
  }

  it('is as MinIO was read before the lease', () => {
    expect(lease(UNWRITTEN).isUnwrittenSince(0)).toBe(true);
  });

  it('is read again when a first write ended without an answer', () => {
    expect(lease({ ...UNWRITTEN, suspect: true }).isUnwrittenSince(0)).toBe(false);
  });

  function removalOf(change: Partial<AgedRow>, observed: ObservedUser = BARE): string[] {
    const row = { ...UNWRITTEN, status: 'removed', ...change };
    const desired = { kind: 'user', row } as unknown as DesiredUser;
    return planFor(desired, observed, true).map((each) => each.change);
  }

  it('leaves a MinIO user of that name alone when the name is removed', () => {
    expect(removalOf({})).toEqual([]);
  });

  it('has its MinIO user removed when a first write arrived after the removal', () => {
    expect(removalOf({ unsettled_until: new Date() })).toContain('remove_user');
  });

  it('never has a MinIO user with policies of others removed', () => {
    const user = { status: 'enabled', policies: ['readwrite'], groups: [] } as const;
    expect(
      removalOf(
        { unsettled_until: new Date() },
        { ...BARE, user: { ...user, policies: [...user.policies], groups: [] } },
      ),
    ).toEqual([]);
  });
});
