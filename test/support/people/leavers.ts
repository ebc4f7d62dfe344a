import { waitFor } from '../../../scripts/child.mjs';
import { outcome } from '../access/s3.js';
import { runSql } from '../database/sql.js';
import { BUCKET, type Caller, homeOf, type Stack } from '../service/stack.js';

/** What S3 says to credentials of a user that is disabled. */
export const REFUSED = /^(AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch)$/;

/** Somebody with a pair, an access key and a file in a folder that is shared with a friend. */
export interface Member {
  name: string;
  caller: Caller;
  pair: any;
  /** What each of the credentials can do: read the own file with the pair, with the access key, and the friend's share of it. */
  works: () => Promise<string[]>;
}

/** Makes somebody with everything that must be there after a return. `caller`: by whose token. */
export async function makeMember(
  stack: Stack,
  name: string,
  caller: Caller,
  friend: Member | null = null,
): Promise<Member> {
  const pair = (await caller.post(`/users/${name}`)).body;
  const key = (await caller.post(`/users/${name}/access-keys`, { name: 'tool' })).body;
  const file = `${homeOf(name)}folder/file`;
  await stack.s3(pair).put(BUCKET, file, 'mine');
  const path = `s3a://${BUCKET}/${homeOf(name)}folder/`;
  if (friend) await caller.post(`/users/${name}/share`, { path, with_users: [friend.name] });
  const read = (credentials: any) => outcome(() => stack.s3(credentials).get(BUCKET, file));
  const works = () => Promise.all([pair, key, ...(friend ? [friend.pair] : [])].map(read));
  return { name, caller, pair, works };
}

/** Waits until this replica has begun and ended so many rounds. */
export async function roundsLater(stack: Stack, rounds = 2): Promise<void> {
  const count = async () => {
    const { body } = await stack.service.request('GET', '/metrics');
    const counts = [...String(body).matchAll(/^leaver_rounds_total\{.*\} (\d+)$/gm)];
    return counts.reduce((sum, [, each]) => sum + Number(each), 0);
  };
  const before = await count();
  await waitFor(`${rounds} rounds`, async () => (await count()) >= before + rounds, { timeoutMs: 60_000 });
}

/** Names of the users with this status in the administrators' list. */
export async function namesWith(stack: Stack, status: string): Promise<string[]> {
  const { body } = await stack.admin.get(`/admin/users?status=${status}&limit=500`);
  return body.items.map(({ user_name }: any) => user_name);
}

/** Waits until they are suspended and MinIO has been told, too, which comes a moment later. */
export async function waitUntilSuspended(stack: Stack, ...names: string[]): Promise<void> {
  await waitFor(
    `the suspension of ${names.join(', ')}`,
    async () => {
      const suspended = await namesWith(stack, 'suspended');
      if (!names.every((name) => suspended.includes(name))) return false;
      const shown = await Promise.all(names.map((name) => stack.admin.get(`/users/${name}`)));
      return shown.every(({ body }) => body.enforced);
    },
    { timeoutMs: 60_000 },
  );
}

/** Stops the service, moves the last logins of some people into the past, and starts it again. */
export async function daysLater(
  stack: Stack,
  days: number,
  names: string[],
  env: Record<string, string> = {},
): Promise<void> {
  await stack.stopService();
  const list = names.map((name) => `'${name}'`).join(',');
  const ids = `(select id from subject where kind = 'user' and name in (${list}))`;
  const results = await runSql(stack.env, [
    `update login set last_at = clock_timestamp() - interval '${days} days' where user_id in ${ids}`,
    `update subject set created_at = clock_timestamp() - interval '${days} days' where id in ${ids}`,
  ]);
  const errors = results.filter((result) => 'error' in result);
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  Object.assign(stack.env, env);
  await stack.startService();
}
