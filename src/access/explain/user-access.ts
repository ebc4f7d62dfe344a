import { Injectable } from '@nestjs/common';
import type { SubjectRow } from '../../database/schema.js';
import { formatPath, type LakePath } from '../../policy/paths.js';
import { pathOfPlace, type PlacePattern, placesOf, weighPlace } from '../../policy/foreign/places.js';
import { minioName } from '../subjects/subject-key.js';
import { ForeignAccess, type Holding } from './foreign-access.js';
import { type AccessReason, foreignReasons, judged, mostOf, type OwnHolding, reasonsAt } from './judge.js';
import { OwnAccess } from './own-access.js';

/** A path that a user reaches. */
export interface ReachedPath {
  path: string;
  permission: AccessReason['permission'];
  because: AccessReason[];
}

/** Which part of the list is wanted: the path to start after, and whether foreign statements are shown. */
export interface PathsPage {
  after: string;
  limit: number;
  inFull: boolean;
}

/** The longest path that is shown; a foreign pattern may be longer. */
const MAX_TEXT = 1100;

/** Answers what a user reaches and why, from this service's grants and from foreign policies in MinIO. */
@Injectable()
export class UserAccess {
  constructor(
    private readonly own: OwnAccess,
    private readonly foreign: ForeignAccess,
  ) {}

  /** The paths in their order, at least `limit` of them if there are as many. Empty for a user who is disabled, here or in MinIO. */
  async paths(user: SubjectRow, { after, limit, inFull }: PathsPage): Promise<ReachedPath[]> {
    if (user.status !== 'active') return [];
    const principal = minioName(user);
    const [holdings, held] = await Promise.all([
      this.own.all(user),
      this.own.minioGroupsOf(user).then((groups) => this.foreign.ofUser(principal, groups)),
    ]);
    if (held.locked) return [];
    const homes = this.own.homesOf(user.name);
    const documents = held.policies.map(({ document }) => document);
    const reasons = (place: LakePath | PlacePattern, action: 'read' | 'write'): AccessReason[] => {
      const asked = { action, now: new Date(), principal };
      if (typeof place === 'string')
        return foreignReasons(held, weighPlace(documents, place, asked), action, inFull);
      const question = { ...place, ...asked };
      return judged(reasonsAt(holdings, question, homes), held, question, inFull);
    };
    const found: ReachedPath[] = [];
    for (const [path, place] of this.placesOf(user, holdings, held)) {
      if (found.length >= limit) break;
      const most = path > after ? mostOf((action) => reasons(place, action)) : undefined;
      if (most) found.push({ path, ...most });
    }
    return found;
  }

  /** The places of grants, of the homes and of foreign statements, in the order of paths. */
  private placesOf(
    user: SubjectRow,
    holdings: readonly OwnHolding[],
    held: Holding,
  ): [string, LakePath | PlacePattern][] {
    const paths = [...this.own.homesOf(user.name), ...holdings.flatMap(({ grants }) => grants)];
    const places = new Map<string, LakePath | PlacePattern>(
      paths.map(({ bucket, prefix, folder }) => {
        const path = { bucket, prefix, folder };
        return [formatPath(path), path];
      }),
    );
    for (const pattern of held.policies.flatMap(({ document }) => placesOf(document, minioName(user)))) {
      const path = pathOfPlace(pattern);
      places.set(path ? formatPath(path) : `s3a://${pattern}`.slice(0, MAX_TEXT), path ?? pattern);
    }
    return [...places].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}
