import type { RequestContext } from '../../auth/authenticated.js';
import type { Notice } from '../../notifications/notice.js';
import { formatPath, homeOwner, type HomeRoots, type LakePath } from '../../policy/paths.js';
import type { AccessRequestDto } from './access-request.dto.js';
import type { NamedRequest } from './access-requests.store.js';

/** The path of a request; undefined for one about a group. */
export function pathOf({ bucket, prefix, folder }: NamedRequest): LakePath | undefined {
  return bucket === null || prefix === null || folder === null ? undefined : { bucket, prefix, folder };
}

/** What was requested, as shown and recorded. */
export function wantedIn(
  row: NamedRequest,
): Pick<AccessRequestDto, 'path' | 'permission' | 'group' | 'role'> {
  const path = pathOf(row);
  return {
    ...(path ? { path: formatPath(path) } : {}),
    ...(row.permission ? { permission: row.permission } : {}),
    ...(row.group_name === null ? {} : { group: row.group_name }),
    ...(row.role ? { role: row.role } : {}),
  };
}

/** Whether the actor may decide the request. If the path or group does not exist, nobody may. */
export function mayDecide(row: NamedRequest, { name, caller }: RequestContext): boolean {
  if (row.group_name === null) return row.owner_name !== null && (caller.admin || row.owner_name === name);
  return row.group_id !== null && (caller.admin || row.group_owners.includes(name));
}

/** The request as shown to its requester or to those who may decide it. */
export function shown(row: NamedRequest, { caller }: RequestContext, lake: HomeRoots): AccessRequestDto {
  return {
    id: row.id,
    ...wantedIn(row),
    reason: row.reason,
    requester: row.requester_name,
    approvers: approversOf(row, caller.admin, lake),
    state: row.state,
    granted: row.granted,
    created_at: row.created_at.toISOString(),
    decided_at: row.decided_at?.toISOString() ?? null,
    decided_by: row.decided_by,
  };
}

/** Tells those who may decide that somebody asks for their path or group. */
export function requestedNotice(row: NamedRequest): Notice {
  const owners = row.owner_name === null ? [] : [row.owner_name];
  return {
    type: 'access_request.created',
    timestamp: row.created_at.toISOString(),
    recipients: row.group_name === null ? owners : row.group_owners,
    concerns: row.owner_name !== null || row.group_id !== null,
    request: noticed(row),
  };
}

/** Tells the requester how it was decided. */
export function decidedNotice(row: NamedRequest): Notice {
  return {
    type: 'access_request.decided',
    timestamp: (row.decided_at ?? row.created_at).toISOString(),
    recipients: [row.requester_name],
    concerns: true,
    request: noticed(row),
  };
}

function noticed(row: NamedRequest): Notice['request'] {
  const { id, reason, requester_name: requester, state, granted, decided_by } = row;
  return { id, ...wantedIn(row), reason, requester, state, granted, decided_by };
}

function approversOf(row: NamedRequest, admin: boolean, lake: HomeRoots): string[] {
  const path = pathOf(row);
  // the owner's name follows from the path; group owners are shown only to those who may see them, so this reveals no user or group
  if (!path) return admin || row.sees_owners ? row.group_owners : [];
  const owner = homeOwner(path, lake);
  return owner === undefined ? [] : [owner];
}
