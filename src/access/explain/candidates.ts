import { EVERYONE, EVERYONE_GROUP, minioGroup, userNameOfPrincipal } from '../../policy/names.js';
import { minioName } from '../subjects/subject-key.js';
import type { Holding, Overview } from './foreign-access.js';
import type { OwnCandidate } from './own-access.js';

export const NOTHING: Holding = { locked: false, policies: [] };

/** A user or group that may reach the path: it is named by a grant of this service or holds a foreign policy. */
export interface Candidate {
  kind: 'user' | 'group';
  name: string;
  /** The MinIO user; a group is evaluated for any of its members. */
  principal: string | undefined;
  /** The name under which a grant of this service names it. */
  ours?: OwnCandidate;
  held: Holding;
}

/** The candidates of this service and those of MinIO, as one list. */
export function candidates(own: readonly OwnCandidate[], { users, groups }: Overview): Candidate[] {
  const all = own.map((ours): Candidate => {
    const minio = minioName(ours);
    return ours.kind === 'group'
      ? { kind: 'group', name: ours.name, principal: undefined, ours, held: groups.get(minio) ?? NOTHING }
      : { kind: 'user', name: ours.name, principal: minio, ours, held: users.get(minio) ?? NOTHING };
  });
  const met = new Set(all.map(({ kind, name, principal }) => `${kind}:${principal ?? minioGroup(name)}`));
  for (const [group, held] of groups)
    if (!met.has(`group:${group}`))
      all.push({ kind: 'group', name: groupNameOf(group), principal: undefined, held });
  for (const [principal, held] of users) {
    // a user who has the policy only through a group is in the group's entry
    if (met.has(`user:${principal}`) || held.policies.every(({ group }) => group !== undefined)) continue;
    all.push({ kind: 'user', name: userNameOfPrincipal(principal) ?? principal, principal, held });
  }
  return all;
}

/** This service's name for a MinIO group, if this service owns the group. */
function groupNameOf(group: string): string {
  if (group === EVERYONE_GROUP) return EVERYONE;
  return group.replace(/^mgr:readers:/, '');
}
