import { waitFor } from '../../scripts/child.mjs';
import type { Stack } from './stack.js';

/** Waits until nothing differs any more, and nothing is on its way. */
export async function inSync(stack: Stack, timeoutMs = 20_000): Promise<void> {
  const isClean = async () => {
    const { body } = await stack.admin.get('/admin/drift');
    return body.subjects?.length === 0 && body.changing === 0;
  };
  await waitFor('everything to be in sync', isClean, { timeoutMs, everyMs: 150 });
}

/** What differs, in one line each: `user alice: put_policy policy mgr:user:alice:0`, `user alice: foreign policy readwrite`. */
export async function differences(stack: Stack): Promise<string[]> {
  const { status, body } = await stack.admin.get('/admin/drift');
  if (status !== 200) return [`${status} ${body.code}`];
  return body.subjects.flatMap(({ kind, name, enforced, changes, foreign, unreadable }: any) => [
    ...changes.map(({ change, target }: any) => `${kind} ${name}: ${change} ${target}`),
    ...foreign.map((thing: any) => `${kind} ${name}: foreign ${thing.kind} ${thing.name}`),
    ...(unreadable ? [`${kind} ${name}: unreadable ${unreadable.code}`] : []),
    ...(enforced ? [] : [`${kind} ${name}: not enforced`]),
  ]);
}
