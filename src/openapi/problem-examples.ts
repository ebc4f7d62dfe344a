import { type FieldError, type FileError, type ProblemCode, PROBLEMS } from '../common/problems/problem.js';
import type { Json } from './json.js';

/** What a problem of this code says, unless its operation says something else. */
interface Said {
  detail: string;
  errors?: FieldError[] | FileError[];
  results?: object[];
}

const of = (field: string, rule: string): Said => ({
  detail: `${field}: ${rule}`,
  errors: [{ field, rule }],
});
const USER_RULE = of(
  'user',
  '1 to 100 characters of a-z 0-9 _ . @ -, the first a letter or digit, all lower case',
);
const GROUP_RULE = of('group', '2 to 63 characters of A-Z a-z 0-9 _ -, the first a letter');
const UNKNOWN_MEMBER = 'names a user who never existed here';

const SAID: Record<ProblemCode, Said> = {
  malformed_request: {
    detail: 'reason: must be a string',
    errors: [{ field: 'reason', rule: 'must be a string' }],
  },
  unauthenticated: { detail: 'The token is not valid or has expired' },
  forbidden: { detail: 'Only the user or an administrator may do this' },
  missing_role: { detail: 'This service requires the role LAKE_USER of the authentication service' },
  insufficient_scope: { detail: 'The service token lacks the scope credentials' },
  admin_target: { detail: 'A service token never acts for a user who holds an admin role' },
  not_a_person: { detail: 'Services have no credentials of their own here' },
  login_required_again: { detail: 'Log in again: this needs a login within the last 15 minutes' },
  user_disabled: { detail: 'The user is disabled; an administrator can enable it' },
  not_found: { detail: 'There is no such user' },
  method_not_allowed: { detail: 'Allowed here: GET, POST' },
  request_timeout: { detail: 'A request may take at most 30 seconds to arrive' },
  name_taken: { detail: 'A group whose name differs only in case exists' },
  already_decided: { detail: 'The request was already decided' },
  request_changed: { detail: 'The request asks for read' },
  idempotency_conflict: { detail: 'The idempotency key was already used for a different request' },
  not_possible: { detail: 'It is no longer waiting' },
  target_refused: {
    detail: 'The vault main (writing a policy): permission denied for the token of this service',
  },
  plan_changed: { detail: 'The plan is another one by now: read it again' },
  quota_exceeded: {
    detail: 'buckets: KBase has 20, asks for 1 more, and may have 20',
    errors: [{ field: 'buckets', rule: 'KBase has 20, asks for 1 more, and may have 20' }],
  },
  run_in_progress: { detail: 'The secrets are being rotated: see `Location`' },
  step_failed: { detail: 'Step create-bucket failed: bucket: must be a name of a bucket' },
  step_timed_out: { detail: 'It was not done within 300 seconds' },
  item_failed: { detail: 'names a user who never existed here' },
  undo_failed: { detail: 'Step create-bucket could not be undone: MinIO did not remove the bucket' },
  user_being_removed: { detail: 'The removal of this user is not finished yet' },
  user_not_adopted: { detail: 'MinIO has a user of this name; an administrator can adopt it' },
  claimed: { detail: 'It was already claimed; request another access key' },
  precondition_failed: { detail: 'The group has changed since it was read' },
  payload_too_large: { detail: 'A body may have at most 65536 bytes' },
  unsupported_media_type: { detail: 'Send the body as Content-Type: application/json' },
  expectation_failed: { detail: 'The only supported expectation is 100-continue' },
  unprocessable: of('limit', 'must not be greater than 500'),
  not_allowed_step: {
    detail: 'this service cannot carry out steps of the type storage.quota',
    errors: [
      { field: 'steps.deploy', rule: 'this service cannot carry out steps of the type storage.quota' },
    ],
  },
  unknown_user: {
    detail: `members: ${UNKNOWN_MEMBER}`,
    errors: [{ field: 'members.0', rule: UNKNOWN_MEMBER }],
  },
  reserved_name: of('user', 'names that start with dp- belong to data products'),
  all_refused: {
    detail: 'All users and groups were refused',
    results: [{ kind: 'user', name: 'erin', status: 'refused', code: 'unknown_user' }],
  },
  too_many_access_keys: of('name', 'at most 50 live access keys a user'),
  score_invalid: {
    detail: 'The Score file has 1 error',
    errors: [
      {
        ...{ file: 'score.yaml', line: 5, column: 12 },
        message: 'There are no resources of the type `redis`, only `s3`',
      },
    ],
  },
  provider_invalid: {
    detail: 'The provider has 1 error',
    errors: [
      {
        ...{ file: 'workflows/create-bucket.yaml', line: 12, column: 5 },
        message: 'There is no step type storage.buckets',
        suggestion: 'storage.bucket',
      },
    ],
  },
  headers_too_large: { detail: 'URL and headers may have at most 16 KiB' },
  rate_limited: { detail: 'At most 120 such calls per minute' },
  internal: { detail: 'The log of the service shows the failure under this request id' },
  git_error: { detail: 'The Git server answered 404' },
  portal_error: { detail: 'The portal answered 403' },
  notification_failed: { detail: 'The webhook answered 503' },
  storage_error: { detail: 'MinIO answered XMinioAdminInvalidArgument' },
  auth_unavailable: { detail: 'The authentication service does not answer' },
  portal_unavailable: { detail: 'The portal does not answer' },
  target_unavailable: { detail: 'The vault main does not answer (reading metadata)' },
  storage_unavailable: { detail: 'MinIO does not answer' },
  database_unavailable: { detail: 'The database does not answer' },
  busy: { detail: 'Another change of the same subject is still running' },
};

/** What operations say in words of their own: the first row whose code and address match counts. */
const ELSEWHERE: [ProblemCode, RegExp, Said][] = [
  ['not_found', /^post \/access-requests$/, { detail: 'You have no home here yet: log in first' }],
  ['not_found', /\/access-requests/, { detail: 'There is no such request' }],
  ['not_found', /^get \/access$/, { detail: 'You have no such path' }],
  ['not_found', /\/provisions?\/\{/, { detail: 'There is no such provision' }],
  ['not_found', /\/data-products/, { detail: 'There is no such data product' }],
  ['not_found', /\/admin\/deletions/, { detail: 'There is no such deletion' }],
  ['not_found', /\/admin\/rotations/, { detail: 'There is no such rotation' }],
  ['not_found', /\/roles/, { detail: 'There is no such role' }],
  ['not_found', /\/golden-paths/, { detail: 'There is no such golden path' }],
  ['not_found', /\/providers/, { detail: 'There is no such provider' }],
  ['not_found', /\/workflows\/\{id\}/, { detail: 'There is no such run' }],
  ['not_found', /\/groups/, { detail: 'There is no such group' }],
  ['not_found', /^post \/($|webhooks)/, { detail: 'This service accepts no deliveries' }],
  [
    'run_in_progress',
    /\/workflows/,
    { detail: 'A run of this workflow is in progress for the team: see `Location`' },
  ],
  [
    'not_possible',
    /\/(redrive|discard)$/,
    { detail: 'It is not a dead letter, or was already redriven or discarded' },
  ],
  ['not_possible', /\/undo$/, { detail: 'It was already undone' }],
  ['not_possible', /\/provisions\/\{id\}\/claim$/, { detail: 'It is not completed' }],
  ['not_possible', /\/data-products.*\/claim$/, { detail: 'The data product is not ready' }],
  [
    'not_possible',
    /\/database-login$/,
    { detail: 'The data product has a project, whose .env has the password' },
  ],
  ['not_possible', /\/confirm-removal$/, { detail: 'It is not missing: the portal has it. Delete it there' }],
  [
    'not_possible',
    /^post \/provisions$/,
    { detail: 'There is no dry run of a reconciliation with the portal' },
  ],
  [
    'claimed',
    /\/data-products/,
    { detail: 'It was already claimed; an administrator can allow another claim' },
  ],
  ['unprocessable', /\/unshare$/, of('path', 'must lie at least one segment below the home of the user')],
  ['unprocessable', /\/share$/, of('with_users', 'name at least one user or group')],
  ['unprocessable', /\/sessions$/, of('duration_seconds', 'must not be less than 900')],
  ['unprocessable', /^post .*\/access-keys$/, of('expires_in_seconds', 'must not be less than 960')],
  ['unprocessable', /^post .*\/access-requests$/, of('path', 'is your own')],
  ['unprocessable', /\/approve$/, of('expires_at', 'must lie in the future')],
  ['unprocessable', /^post .*\/groups\/\{group\}$/, of('members', 'a user has one role in a group')],
  ['unprocessable', /^get \/access/, of('path', 'a path starts with s3a:// or s3://')],
  ['unprocessable', /^put \/roles/, of('entitlements.0', 'of type group has neither path nor permission')],
  [
    'unprocessable',
    /\/roles\/\{/,
    of('role', '1 to 100 characters of A-Z a-z 0-9 _ . : -, the first a letter'),
  ],
  ['unprocessable', /^post \/provision\/revoke$/, of('applicationId', 'must be minio')],
  ['unprocessable', /^post \/provision$/, of('roles', 'names a role that does not exist')],
  [
    'unprocessable',
    /^post \/provisions$/,
    of('kind', 'one of access.grant, access.revoke, access_key, bucket'),
  ],
  ['unprocessable', /\/discard$/, of('reason', 'must be longer than or equal to 1 characters')],
  ['unprocessable', /\/\{user\}/, USER_RULE],
  ['unprocessable', /\/\{group\}/, GROUP_RULE],
  ['reserved_name', /\/groups|access-requests/, of('group', 'the name of something built in')],
  ['malformed_request', /^get |^delete /, of('limit', 'must be an integer number')],
];

/** A problem answer of the code, as the operation would give it; `operation` is its method and path. */
export function problemExample(code: ProblemCode, operation = ''): Json {
  const { status, title } = PROBLEMS[code];
  const [, , own] = ELSEWHERE.find(([of, where]) => of === code && where.test(operation)) ?? [];
  const { detail, ...more } = own ?? SAID[code];
  return {
    type: `urn:minio-manager:problem:${code}`,
    title,
    status,
    detail,
    code,
    request_id: '0197c0de-0000-4000-8000-000000000000',
    ...more,
  };
}
