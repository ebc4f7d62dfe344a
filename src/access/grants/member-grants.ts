import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import type { Executor, GrantRow, SubjectRow } from '../../database/schema.js';
import { forUser, formatPath, type LakePath, mayBeOf } from '../../policy/paths.js';
import { Touched } from '../memberships/touched.js';
import { type ChangedSubject, Subjects } from '../subjects/subjects.js';
import { Grants, type NewGrant } from './grants.js';
import { MemberPlacesStore, type PlaceOfMember } from './member-places.store.js';

/** The grant that a user should have from groups. */
interface Wanted {
  path: LakePath;
  permission: 'read' | 'write';
  place: PlaceOfMember;
}

/**
 * Gives each member of a group the group's paths with `{user}`, as grants of the member's own: they name the group that gives them, and go
 * when the member leaves.
 */
@Injectable()
export class MemberGrants {
  constructor(
    private readonly touched: Touched,
    private readonly places: MemberPlacesStore,
    private readonly grants: Grants,
    private readonly subjects: Subjects,
    private readonly config: AppConfig,
  ) {}

  /** After the changes of this transaction: makes these grants right. Returns the users whose access changed. */
  async follow(trx: Executor): Promise<SubjectRow[]> {
    const touched = this.touched.in(trx);
    const ids = touched ? await this.places.concerned(touched, trx) : [];
    if (ids.length === 0) return [];
    // locked first: another group of the same user may be changing, and what both give is one grant
    const users = await this.subjects.lockAll(ids, trx);
    const given = Map.groupBy(await this.places.given(ids, trx), ({ user_id }) => user_id);
    const wanted = new Map(users.map((user) => [user.id, this.wantedOf(user, given.get(user.id) ?? [])]));
    const gone = (await this.places.present(ids, trx)).filter(
      (grant) => !wanted.get(grant.grantee_id)?.has(formatPath(grant)),
    );
    await this.grants.removeAll(gone, trx);
    const news = users.flatMap((user) =>
      [...(wanted.get(user.id)?.values() ?? [])].map((each) => newGrant(user, each)),
    );
    const results = await this.grants.grantAll(news, trx);
    const changed = new Map(
      news.flatMap(({ grantee: { id } }, index): [string, ChangedSubject][] => {
        const result = results[index];
        if (!result || result.outcome === 'unchanged') return [];
        return [[id, { id, revoking: result.narrowed, onlyGrants: true }]];
      }),
    );
    for (const { grantee_id: id } of gone) changed.set(id, { id, revoking: true, onlyGrants: true });
    return this.subjects.incrementGeneration([...changed.values()], trx);
  }

  /** By path; of several groups that give the same path, the one that gives most counts, or the first. */
  private wantedOf({ name }: SubjectRow, places: readonly PlaceOfMember[]): Map<string, Wanted> {
    const wanted = new Map<string, Wanted>();
    for (const place of places) {
      const { bucket, prefix, folder, role } = place;
      const path = { bucket, prefix: forUser(prefix, name), folder };
      if (!mayBeOf(path, this.config.lake, name)) continue;
      const permission = role === 'reader' ? 'read' : place.permission;
      const key = formatPath(path);
      const known = wanted.get(key);
      if (!known || (known.permission === 'read' && permission === 'write'))
        wanted.set(key, { path, permission, place });
    }
    return wanted;
  }
}

function newGrant(grantee: SubjectRow, { path, permission, place }: Wanted): NewGrant {
  const origin: GrantRow['origin'] = 'group';
  return {
    grantee,
    owner: null,
    spec: {
      ...{ path, permission, origin, expiresAt: null },
      reason: `as a member of ${place.group_name}`,
      grantedBy: place.granted_by,
      sourceId: place.group_id,
    },
  };
}
