import { ACCESS_KEY_NAME_PATTERN, GROUP_NAME_PATTERN, USER_NAME_PATTERN } from '../../../policy/names.js';
import { BUCKET_NAME } from '../../../policy/paths.js';
import type { Json } from '../../model.js';
import { deliver, flag, names, object, secretRef, state, text } from '../schemas.js';
import type { StepType } from '../step-type.js';
import { asText, asTexts, deliveredTo, touched } from '../touched.js';

const bucket = text('The bucket', { pattern: BUCKET_NAME.source, maxLength: 63 });
const user = text('The name of a user', { pattern: USER_NAME_PATTERN.source, maxLength: 100 });
const group = text('The name of a group', { pattern: GROUP_NAME_PATTERN.source, maxLength: 63 });
const path = text('A path, such as `s3a://bucket/folder/`');
const quota = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
const tags = {
  type: 'object',
  maxProperties: 50,
  additionalProperties: { type: 'string', maxLength: 256 },
  description: 'Tags to set; other tags stay',
};
const permission = { enum: ['read', 'write'], default: 'read', description: 'What is allowed' };

/** An access key that nobody sees on its way. */
export const STORAGE_KEY: StepType = {
  name: 'storage.key',
  kind: 'key',
  target: 'minio',
  description: 'Makes an access key of a user who exists, and delivers it.',
  input: object(
    {
      user_name: user,
      name: text('What the key is for', { pattern: ACCESS_KEY_NAME_PATTERN.source, maxLength: 32 }),
      expires_in_seconds: {
        type: 'integer',
        minimum: 960,
        maximum: 31_535_000,
        default: 2_592_000,
        description: 'Seconds until the key expires',
      },
      deliver,
    },
    ['user_name', 'name', 'deliver'],
  ),
  outputs: {
    access_key: { type: 'string', description: 'The access key, not secret; a claim has none yet' },
    expires_at: {
      type: 'string',
      description: 'When it expires, RFC 3339; a claimed key lives from its claim on',
    },
    delivered: secretRef,
  },
  example: { user_name: 'field-loader', name: 'loader', deliver: { vault: { path: 'field/loader' } } },
  plan: 'Shows that a key would be made, and where it would be delivered.',
  apply:
    'Makes the key, delivers it and forgets the secret. A repetition after a crash makes another one and ends the first.',
  undo: 'Ends the key, or the claim if nobody has made it, and takes back what was delivered if nobody has changed it.',
  touches: (input) => [...touched('user', asText(input.user_name)), ...deliveredTo(input.deliver)],
};

/** Steps that act on MinIO. */
export const STORAGE_STEPS: readonly StepType[] = [
  {
    name: 'storage.bucket',
    kind: 'bucket',
    target: 'minio',
    description: 'Creates a bucket, or removes an empty one.',
    input: object(
      {
        bucket,
        versioning: flag(
          'Keep old versions of objects. `false` leaves it as it is: it is never switched off',
          false,
        ),
        quota_bytes: { ...quota, description: 'The most bytes that the bucket may hold' },
        tags,
        state,
      },
      ['bucket'],
    ),
    outputs: { bucket: { type: 'string', description: 'Its name' } },
    example: { bucket: 'field-data', versioning: true },
    plan: 'Shows whether the bucket would be created, and which settings would change.',
    apply:
      'Creates the bucket if it is missing, and sets what the step names; one that is not empty is never removed.',
    undo: 'Removes the bucket if this run created it and it is empty; otherwise sets back what the run changed. One that was removed stays away.',
    touches: (input) => touched('bucket', asText(input.bucket)),
  },
  {
    name: 'storage.quota',
    kind: 'quota',
    target: 'minio',
    description: 'Limits the bytes of a bucket that exists.',
    input: object(
      {
        bucket,
        quota_bytes: {
          ...quota,
          type: ['integer', 'null'],
          description: 'The most bytes, or null for no limit',
        },
      },
      ['bucket', 'quota_bytes'],
    ),
    outputs: { bucket: { type: 'string', description: 'Its name' } },
    example: { bucket: 'field-data', quota_bytes: 50_000_000_000 },
    plan: 'Shows the limit before and after.',
    apply: 'Sets the limit. MinIO counts with a delay, so it may be exceeded for a while.',
    undo: 'Sets the former limit back, unless somebody has changed it since.',
    touches: (input) => touched('bucket', asText(input.bucket)),
  },
  {
    name: 'storage.tags',
    kind: 'tags',
    target: 'minio',
    description: 'Sets tags of a bucket that exists.',
    input: object({ bucket, tags }, ['bucket', 'tags']),
    outputs: { bucket: { type: 'string', description: 'Its name' } },
    example: { bucket: 'field-data', tags: { team: 'field' } },
    plan: 'Shows each tag before and after.',
    apply: 'Sets the tags that the step names.',
    undo: 'Sets back the tags that this run changed, unless somebody has changed them since.',
    touches: (input) => touched('bucket', asText(input.bucket)),
  },
  {
    name: 'storage.prefix',
    kind: 'prefix',
    target: 'minio',
    description: 'Makes a folder in a bucket visible before anything is written there.',
    input: object({ path }, ['path']),
    outputs: { path: { type: 'string', description: 'The path, with a final slash' } },
    example: { path: 's3a://field-data/raw/' },
    plan: 'Shows whether the marker of the folder would be written.',
    apply: 'Writes an empty object with the name of the folder, if it is missing.',
    undo: 'Removes the marker that this run wrote; everything else in the folder stays.',
    touches: (input) => touched('path', asText(input.path)),
  },
  {
    name: 'storage.principal',
    kind: 'user',
    target: 'minio',
    description: 'Creates a user with a home, for a person or a program, or removes one.',
    input: object({ user_name: user, state }, ['user_name']),
    outputs: {
      user_name: { type: 'string', description: 'Its name' },
      home_path: { type: 'string', description: 'Its home' },
    },
    example: { user_name: 'field-loader' },
    plan: 'Shows what would be created in MinIO.',
    apply:
      'Creates the user, whose pair is derived when it is asked for; or ends all access of it, and the data stay.',
    undo: 'Removes the user if this run created it; the data in its home stay.',
    touches: (input) => touched('user', asText(input.user_name)),
  },
  STORAGE_KEY,
  {
    name: 'storage.group',
    kind: 'group',
    target: 'minio',
    description: 'Creates a group, changes or removes it.',
    input: object(
      {
        group_name: group,
        description: text('What the group is for', { maxLength: 500 }),
        members: names('Users with the full access of the group; replaces the present ones'),
        readers: names('Users with read-only access; replaces the present ones'),
        owners: names('Members who may also change the group; replaces the present ones'),
        grants: {
          type: 'array',
          maxItems: 200,
          items: object({ path, permission }, ['path', 'permission']),
          description: 'Paths that the group reaches; replaces the present ones',
        },
        state,
      },
      ['group_name'],
    ),
    outputs: { group_name: { type: 'string', description: 'Its name' } },
    example: {
      group_name: 'field-team',
      members: ['alice'],
      grants: [{ path: 's3a://field-data/raw/', permission: 'write' }],
    },
    plan: 'Shows what would change in MinIO.',
    apply:
      'Creates the group if it is missing, and sets what the step names; or removes it with the grants to it.',
    undo: 'Removes the group if this run created it; a change of an existing group stays.',
    touches: (input) => [
      ...touched('group', asText(input.group_name)),
      ...touched('path', ...(Array.isArray(input.grants) ? input.grants : []).map(pathOf)),
    ],
  },
  {
    name: 'storage.membership',
    kind: 'membership',
    target: 'minio',
    description: 'Adds a user to a group.',
    input: object(
      {
        group_name: group,
        user_name: user,
        role: {
          enum: ['member', 'reader', 'owner'],
          default: 'member',
          description: 'The role in the group',
        },
      },
      ['group_name', 'user_name'],
    ),
    outputs: {},
    example: { group_name: 'field-team', user_name: 'bob', role: 'reader' },
    plan: 'Shows what would change in MinIO.',
    apply: 'Adds the user, or changes the role.',
    undo: 'Removes the user if this run added it; a changed role stays.',
    touches: (input) => touched('group', asText(input.group_name)),
  },
  {
    name: 'storage.share',
    kind: 'share',
    target: 'minio',
    description: "Shares a path below somebody's home with users and groups.",
    input: object(
      {
        user_name: user,
        path,
        with_users: names('Users who get access'),
        with_groups: names('Groups whose members get access'),
        permission,
        reason: text('The reason', { maxLength: 500 }),
      },
      ['user_name', 'path'],
    ),
    outputs: {},
    example: {
      user_name: 'alice',
      path: 's3a://cdm-lake/users-warehouse/alice/reports/',
      with_groups: ['field-team'],
    },
    plan: 'Shows what would change in MinIO.',
    apply: 'Makes the grants.',
    undo: 'Revokes the grants that this run made; a changed permission stays.',
    touches: (input) => [
      ...touched('path', asText(input.path)),
      ...touched('group', ...asTexts(input.with_groups)),
    ],
  },
];

function pathOf(grant: Json): string {
  return typeof grant === 'object' && grant !== null && !Array.isArray(grant) ? asText(grant.path) : '';
}
