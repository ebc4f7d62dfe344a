import type { Operation, ProvisionResult } from '../../provisioning/kinds/kind.js';
import type { AnsibleChange } from '../../targets/ansible/changes.js';
import type { TaskEvent } from '../../targets/ansible/events.js';

/** What a run did on each host. A host that an earlier attempt may have changed counts as changed. */
export function resultOf(
  digest: string,
  events: readonly TaskEvent[],
  earlier: readonly Operation[],
): ProvisionResult {
  const counts = countsOf(events);
  const begun = new Set(earlier.map(({ entitlement }) => entitlement['id']));
  return {
    operations: [...counts].map(([host, count]) => operationOf(digest, host, count > 0 || begun.has(host))),
    outputs: { changed: [...counts.values()].some((count) => count > 0), hosts: Object.fromEntries(counts) },
  };
}

/** What a run is about to do, as far as is known: what a crash leaves is looked at again by the next attempt. */
export function begunOn(digest: string, changes: readonly AnsibleChange[]): Operation[] {
  const hosts = new Set(changes.map(({ target }) => /^ansible ([^:]+): /.exec(target)?.[1] ?? ''));
  return [...hosts].map((host) => operationOf(digest, host, true));
}

function operationOf(playbook: string, host: string, isChanged: boolean): Operation {
  return {
    entitlement: { type: 'ansible_host', id: host, playbook },
    action: 'create',
    status: isChanged ? 'done' : 'unchanged',
  };
}

function countsOf(events: readonly TaskEvent[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { host, changed } of events) counts.set(host, (counts.get(host) ?? 0) + (changed ? 1 : 0));
  return counts;
}
