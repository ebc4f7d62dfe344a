import { brokenRule } from '../../common/problems/problem.js';
import type { Operation } from '../../provisioning/kinds/kind.js';

const OWN = new Set(['postgres', 'template0', 'template1', 'public', 'none']);

/** The comment of what a provision has created: a repetition after a crash recognizes it. */
export function markOf(provisionId: string): string {
  return `Made by minio-manager, provision ${provisionId}`;
}

/** Refuses the names of what every server has. */
export function refuseOwn(field: string, ...names: readonly (string | undefined)[]): void {
  const own = names.find((name) => name !== undefined && OWN.has(name));
  if (own !== undefined) throw brokenRule(field, `must not be ${own}, which every server has`);
}

/** What an undo did with one part; `stays`: why it is still there. */
export function removal(done: Operation, stays: string | undefined): Operation {
  const { entitlement } = done;
  if (stays === undefined) return { entitlement, action: 'remove', status: 'done' };
  return { entitlement, action: 'remove', status: 'skipped', message: stays };
}
