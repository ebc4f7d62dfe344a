import { EVERYONE, EVERYONE_GROUP, minioGroup, userNameOfPrincipal } from '../../policy/names.js';
import { minioName } from '../subjects/subject-key.js';
import type { Holding, Overview } from './foreign-access.js';
import type { OwnCandidate } from './own-access.js';

export const NOTHING: Holding = { locked: false, policies: [] };

/** Somebody who may reach the path: whom our grants name, and who holds a policy that is not ours. */
export interface Candidate {
  kind: 'user' | 'group';
  name: string;
  /** The MinIO user; a group is asked for anybody in it. */
  principal: string | undefined;
  /** As whom our grants name it. */
  ours?: OwnCandidate;
  held: Holding;
}

/** Those of ours and those of MinIO, as one list. */
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
    // who has it by a group only is in the entry of the group
    if (met.has(`user:${principal}`) || held.policies.every(({ group }) => group !== undefined)) continue;
    all.push({ kind: 'user', name: userNameOfPrincipal(principal) ?? principal, principal, held });
  }
  return all;
}

/** Our name of a MinIO group, if it is one of ours. */
function groupNameOf(group: string): string {
  if (group === EVERYONE_GROUP) return EVERYONE;
  return group.replace(/^mgr:readers:/, '');
}
