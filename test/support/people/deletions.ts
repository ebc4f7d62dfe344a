import { ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { waitFor } from '../../../scripts/child.mjs';
import type { S3 } from '../access/s3.js';
import type { Answer } from '../service/service.js';
import { BUCKET, type Stack } from '../service/stack.js';

/** Many at a time: one by one, thousands of objects take a minute. */
export async function putAll(s3: S3, keys: string[], body = 'x'): Promise<void> {
  const left = [...keys];
  const lane = async () => {
    for (let key = left.pop(); key !== undefined; key = left.pop()) await s3.put(BUCKET, key, body);
  };
  await Promise.all(Array.from({ length: 24 }, lane));
}

export const numbered = (home: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${home}data/part-${String(index).padStart(5, '0')}`);

/** How many versions and delete markers start with the prefix. */
export async function versionsBelow(s3: S3, prefix: string): Promise<number> {
  let count = 0;
  let markers = {};
  for (;;) {
    const query = { Bucket: BUCKET, Prefix: prefix, EncodingType: 'url' as const, ...markers };
    const page = await s3.client.send(new ListObjectVersionsCommand(query));
    count += (page.Versions ?? []).length + (page.DeleteMarkers ?? []).length;
    if (!page.IsTruncated) return count;
    markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
  }
}

export const remove = (stack: Stack, user: string, data = 'delete') =>
  stack.admin.delete(`/admin/users/${user}?data=${data}`);

export async function idOf(stack: Stack, user: string): Promise<string> {
  const path = `/admin/audit?subject=${user}&action=user.data_deletion_requested`;
  return (await stack.admin.get(path)).body.items[0]?.detail.deletion_id;
}

export const ended = (stack: Stack, id: string, timeoutMs = 45_000): Promise<any> =>
  waitFor(
    'the deletion to end',
    async () => {
      const { status, body } = await stack.admin.get(`/admin/deletions/${id}`).catch(() => ({}) as Answer);
      return status === 200 && ['completed', 'failed'].includes(body.state) && body;
    },
    { everyMs: 100, timeoutMs },
  );
