import { waitFor } from '../../../scripts/child.mjs';
import type { Answer } from '../service/service.js';
import { BUCKET, homeOf, type Stack, startStack } from '../service/stack.js';

/** The policy of alice. */
export const OWN = 'mgr:user:alice:0';

/** Repairs what differs, as an administrator asks for it. */
export function repair(stack: Stack, body?: object, query = ''): Promise<Answer> {
  return stack.admin.post(`/admin/reconcile${query}`, body);
}

/** What differs, whole. */
export async function report(stack: Stack): Promise<any> {
  return (await stack.admin.get('/admin/drift')).body;
}

/** Waits until nothing differs any more, and nothing is on its way. The error tells the last answer. */
export async function inSync(stack: Stack, timeoutMs = 20_000): Promise<void> {
  let last: Answer | undefined;
  const isClean = async () => {
    last = await stack.admin.get('/admin/drift');
    return last.body.subjects?.length === 0 && last.body.changing === 0;
  };
  await waitFor('everything to be in sync', isClean, { timeoutMs, everyMs: 150 }).catch((error: Error) => {
    throw new Error(`${error.message}: ${last?.status} ${JSON.stringify(last?.body)}`);
  });
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

/** A policy that somebody's hand makes of ours. */
export const WIDE = {
  Version: '2012-10-17' as const,
  Statement: [{ Effect: 'Allow' as const, Action: ['s3:*'], Resource: ['arn:aws:s3:::*'] }],
};

/** alice, who shares with everyone and owns Team; bob, who reads in it; carol. No sweep comes by itself. */
export async function startTeam(): Promise<Stack> {
  const stack = await startStack({
    proxied: true,
    env: { RATE_LIMIT_WRITES: '0', RATE_LIMIT_CREDENTIALS: '0', SWEEP_INTERVAL_SECONDS: '0' },
  });
  for (const name of ['alice', 'bob', 'carol']) await stack.person(name).post(`/users/${name}`);
  const path = `s3a://${BUCKET}/${homeOf('alice')}open/`;
  await stack.person('alice').post('/users/alice/share', { path, with_groups: ['everyone'] });
  await stack.admin.post('/groups/Team', { owners: ['alice'], readers: ['bob'] });
  return stack;
}
