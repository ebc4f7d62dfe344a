import { readExpiry } from '../common/expiry.js';
import { brokenRule } from '../common/problems/problem.js';
import type { SubjectKey } from '../access/subjects/subject-key.js';
import { homePath, isBelow, type LakePath, parsePath } from '../policy/paths.js';
import type { ShareRequestDto, UnshareRequestDto } from './share.dto.js';
import type { ShareSpec, UnshareSpec } from './sharing.js';

/** Parses a share; 422 with the rule that a field breaks. */
export function readShare(
  owner: string,
  body: ShareRequestDto,
  lake: { bucket: string; usersPrefix: string },
): ShareSpec {
  const targets = keysOf(body.with_users, body.with_groups);
  if (targets.length === 0) throw brokenRule('with_users', 'name at least one user or group');
  return {
    path: ownPath(owner, body.path, lake),
    permission: body.permission,
    expiresAt: readExpiry(body.expires_at),
    reason: body.reason ?? null,
    with: targets,
  };
}

/** Parses the end of a share; 422 with the rule that a field breaks. */
export function readUnshare(
  owner: string,
  body: UnshareRequestDto,
  lake: { bucket: string; usersPrefix: string },
): UnshareSpec {
  return { path: ownPath(owner, body.path, lake), from: keysOf(body.from_users, body.from_groups) };
}

function ownPath(owner: string, text: string, lake: { bucket: string; usersPrefix: string }): LakePath {
  const parsed = parsePath(text);
  if (!parsed.ok) throw brokenRule('path', parsed.rule);
  if (!isBelow(parsed.path, homePath({ ...lake, userName: owner })))
    throw brokenRule('path', 'must lie at least one segment below the home of the user');
  return parsed.path;
}

function keysOf(users: readonly string[], groups: readonly string[]): SubjectKey[] {
  return [
    ...users.map((name): SubjectKey => ({ kind: 'user', name })),
    ...groups.map((name): SubjectKey => ({ kind: 'group', name })),
  ];
}
