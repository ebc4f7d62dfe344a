import { parsePolicyName } from '../../policy/names.js';
import type { Desired, WantedDocuments } from '../desired/desired.js';
import type { Observed } from './observe.js';

/**
 * Whether MinIO holds the subject as it was recorded, as far as that shows without its documents: it is there, enabled, and exactly its
 * documents are attached. If not, a plan of the changed documents alone would leave out the rest.
 */
export function isAsRecorded(desired: Desired, observed: Observed): boolean {
  if (desired.kind === 'user') return observed.kind === 'user' && hasExactly(desired, observed.user);
  if (observed.kind !== 'group' || !hasExactly(desired.main, observed.main.group)) return false;
  const { group } = observed.readers;
  return desired.readers ? hasExactly(desired.readers, group) : group === null;
}

function hasExactly(
  { documents, unchanged = [] }: { documents: WantedDocuments; unchanged?: readonly string[] },
  target: { status: string; policies: readonly string[] } | null,
): boolean {
  if (target?.status !== 'enabled') return false;
  const ours = target.policies.filter((name) => parsePolicyName(name) !== undefined);
  const attached = new Set(ours);
  const wanted = [...documents.keys(), ...unchanged];
  return ours.length === wanted.length && wanted.every((name) => attached.has(name));
}
