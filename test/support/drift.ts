import { waitFor } from '../../scripts/child.mjs';
import { runSql } from './sql.js';
import type { Stack } from './stack.js';

/** A group with its members, put into the database while the service is down; it is enforced when the service is back. */
export async function plantGroup(
  stack: Stack,
  name: string,
  members: Record<string, 'member' | 'reader' | 'owner'>,
): Promise<void> {
  await stack.stopService();
  const results = await runSql(stack.env, [
    `insert into subject (kind, name, principal, status, secret_salt, secret_key_id, due_at)
      values ('group', '${name}', '${name}', 'active', '', '', clock_timestamp())`,
    ...Object.entries(members).map(
      ([user, role]) => `insert into membership (group_id, user_id, role)
        select g.id, u.id, '${role}' from subject g, subject u where g.name = '${name}' and u.name = '${user}'`,
    ),
  ]);
  const refused = results.find((result): result is { error: string } => 'error' in result);
  if (refused) throw new Error(refused.error);
  await stack.startService();
  await inSync(stack);
}

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
