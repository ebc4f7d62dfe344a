import { readExpiry } from '../common/expiry.js';
import { brokenRule } from '../common/problems/problem.js';
import type { SubjectKey } from '../access/subjects/subject-key.js';
import { type HomeRoots, isBelowHome, type LakePath, parsePath } from '../policy/paths.js';
import type { ShareRequestDto, UnshareRequestDto } from './share.dto.js';
import { notInHome, type ShareSpec, type UnshareSpec } from './sharing.js';

/** Parses a share; 422 with the rule that a field breaks. */
export function readShare(owner: string, body: ShareRequestDto, lake: HomeRoots): ShareSpec {
  const targets = keysOf(body.with_users, body.with_groups);
  if (targets.length === 0) throw brokenRule('with_users', 'name at least one user or group');
  return {
    path: ownPath(owner, body.path, lake),
    permission: body.permission,
    expiresAt: readExpiry(body.expires_at),
    reason: body.reason ?? null,
    with: targets,
    awaitLogin: body.await_login,
  };
}

/** Parses the end of a share; 422 with the rule that a field breaks. */
export function readUnshare(owner: string, body: UnshareRequestDto, lake: HomeRoots): UnshareSpec {
  const path = wellFormed(body.path);
  const isOutside = !isBelowHome(path, lake, owner);
  return { path, from: keysOf(body.from_users, body.from_groups), ...(isOutside ? { isOutside } : {}) };
}

function ownPath(owner: string, text: string, lake: HomeRoots): LakePath {
  const path = wellFormed(text);
  if (!isBelowHome(path, lake, owner)) throw notInHome();
  return path;
}

function wellFormed(text: string): LakePath {
  const parsed = parsePath(text);
  if (!parsed.ok) throw brokenRule('path', parsed.rule);
  return parsed.path;
}

function keysOf(users: readonly string[], groups: readonly string[]): SubjectKey[] {
  return [
    ...users.map((name): SubjectKey => ({ kind: 'user', name })),
    ...groups.map((name): SubjectKey => ({ kind: 'group', name })),
  ];
}
