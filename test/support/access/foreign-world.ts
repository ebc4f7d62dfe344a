import type { PolicyDocument, PolicyStatement } from '../../../src/madmin/types.js';
import type { Credential } from './probe.js';
import { BUCKET, type Stack } from '../service/stack.js';

export const FOREIGN_SECRET = 'chosen-by-somebody-else';

const arn = (place: string) => `arn:aws:s3:::${place}`;

/** A policy as people write it: what is below these folders may be listed and read, or written, too. */
export function folderPolicy(
  folders: readonly string[],
  permission: 'read' | 'write',
  bucket = BUCKET,
): PolicyDocument {
  const Resource = folders.map((folder) => arn(`${bucket}/${folder}/*`));
  const write = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'];
  const Statement: PolicyStatement[] = [
    { Effect: 'Allow', Action: ['s3:GetBucketLocation'], Resource: [arn(bucket)] },
    {
      Effect: 'Allow',
      Action: ['s3:ListBucket'],
      Resource: [arn(bucket)],
      Condition: { StringLike: { 's3:prefix': folders.map((folder) => `${folder}/*`) } },
    },
    { Effect: 'Allow', Action: permission === 'write' ? write : ['s3:GetObject'], Resource },
  ];
  return { Version: '2012-10-17', Statement };
}

/** Users of MinIO that the service does not know, each with the policies of these names. */
export async function makeUsers(stack: Stack, users: Record<string, readonly string[]>): Promise<void> {
  for (const [name, policies] of Object.entries(users)) {
    await stack.root.users.add(name, { secretKey: FOREIGN_SECRET });
    if (policies.length > 0) await stack.root.policies.set([...policies], { user: name });
  }
}

/** A MinIO group that the service does not know. */
export async function makeGroup(
  stack: Stack,
  group: string,
  members: readonly string[],
  policies: readonly string[],
): Promise<void> {
  await stack.root.groups.addMembers(group, members);
  if (policies.length > 0) await stack.root.policies.set([...policies], { group });
}

/** The pair that a user had before its adoption. */
export function oldPair(name: string): Credential {
  return { access_key: name, secret_key: FOREIGN_SECRET };
}
