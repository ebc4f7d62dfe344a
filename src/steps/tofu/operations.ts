import type { Operation, ProvisionResult, ShownChange } from '../../provisioning/kinds/kind.js';
import type { TofuChange } from '../../targets/tofu/plan-changes.js';
import type { Present } from '../../targets/tofu/present.js';

/** Changes as people read them. */
export function shownChanges(state: string, changes: readonly TofuChange[]): ShownChange[] {
  return changes.map(({ change, address, before, after }) => ({
    change,
    target: `tofu ${state}: ${address}`,
    before,
    after,
  }));
}

/** The addresses of resources that a plan makes where there was none. */
export function createdBy(changes: readonly TofuChange[]): string[] {
  return changes.flatMap(({ change, address }) => (change === 'create_resource' ? [address] : []));
}

/** What the step is about to make, or has made: what an undo looks at. */
export function creations(state: string, addresses: Iterable<string>, present?: Present): Operation[] {
  return [...new Set(addresses)].map((id) => ({
    entitlement: { type: 'tofu_resource', id, state, ...digest(present?.resources.get(id)) },
    action: 'create',
    status: 'done',
  }));
}

/** What the step did, and what was there already. */
export function resultOf(
  state: string,
  changes: readonly TofuChange[],
  created: readonly string[],
  present: Present,
): ProvisionResult {
  const entitlement = (id: string) => ({ type: 'tofu_resource', id, state });
  const others = changes.flatMap(({ change, address }): Operation[] => {
    if (change === 'create_resource' || change === 'set_output') return [];
    const action = change === 'remove_resource' || change === 'forget_resource' ? 'remove' : 'change';
    return [{ entitlement: entitlement(address), action, status: 'done' }];
  });
  const touched = new Set([...created, ...changes.map(({ address }) => address)]);
  const found = [...present.resources.keys()].filter((address) => !touched.has(address));
  return {
    operations: [
      ...creations(state, created, present),
      ...others,
      ...found.map((id): Operation => ({
        entitlement: entitlement(id),
        action: 'create',
        status: 'unchanged',
      })),
    ],
    outputs: { values: present.outputs, resources: [...present.resources.keys()] },
  };
}

/** What an undo does with each resource that was made: removed, or skipped with the reason. */
export function removals(
  made: readonly Operation[],
  present: Present,
): { remove: string[]; skipped: Operation[] } {
  const remove: string[] = [];
  const skipped: Operation[] = [];
  for (const { entitlement } of made) {
    const [id, then] = [String(entitlement['id']), entitlement['digest']];
    const now = present.resources.get(id);
    const skip = (message: string) =>
      skipped.push({ entitlement, action: 'remove', status: 'skipped', message });
    if (now === undefined) skip('it is gone');
    else if (then !== undefined && then !== now) skip('it was changed since: it stays');
    else remove.push(id);
  }
  return { remove, skipped };
}

const digest = (value: string | undefined): object => (value === undefined ? {} : { digest: value });
