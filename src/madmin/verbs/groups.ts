import { ADMIN, type Caller, LIST_BYTES } from '../call.js';
import { MadminError } from '../errors.js';
import type { CallOptions, GroupInfo, Status } from '../types.js';
import { checkNames, dateOf, splitList } from './wire.js';

interface WireGroup {
  name: string;
  status: Status;
  members?: string[] | null;
  policy?: string;
  updatedAt?: string;
}

/** Groups of MinIO's own directory. A member must be a user: no access keys, no root. */
export class Groups {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /**
   * Adds members, and creates the group if needed (`members` may then be empty). Existing members stay. `not_found`, with nothing applied,
   * if one of the members does not exist.
   */
  async addMembers(group: string, members: readonly string[], options?: CallOptions): Promise<void> {
    await this.#update('groups.addMembers', group, members, false, options);
  }

  /** Idempotent for users that are not members; `not_found`, with nothing applied, for a user or group that does not exist. */
  async removeMembers(group: string, members: readonly string[], options?: CallOptions): Promise<void> {
    const verb = 'groups.removeMembers';
    // MinIO would take an empty list as the removal of the group itself.
    if (members.length === 0) throw new MadminError('invalid', `${verb}: invalid (no members given)`);
    await this.#update(verb, group, members, true, options);
  }

  /** Removes an empty group and its policy mapping; `conflict` while it has members. */
  async remove(group: string, options?: CallOptions): Promise<void> {
    await this.#update('groups.remove', group, [], true, options);
  }

  /** A disabled group is shown without policies: ask `policies.entities` for those. */
  async info(group: string, options?: CallOptions): Promise<GroupInfo> {
    const verb = 'groups.info';
    checkNames(verb, 'group name', [group]);
    const spec = {
      verb,
      method: 'GET',
      path: `${ADMIN}/group`,
      query: { group },
      maxBytes: LIST_BYTES,
    } as const;
    return this.#caller.json(spec, options, toGroupInfo);
  }

  /** Names of all groups. MinIO reads every group from disk again under its IAM lock: not for frequent use. */
  async list(options?: CallOptions): Promise<string[]> {
    const spec = {
      verb: 'groups.list',
      method: 'GET',
      path: `${ADMIN}/groups`,
      maxBytes: LIST_BYTES,
    } as const;
    return this.#caller.json(spec, options, (names: string[] | null) => names ?? []);
  }

  /** Idempotent. A disabled group takes ALL rights from each of its members, also those they have without it. */
  async setStatus(group: string, status: Status, options?: CallOptions): Promise<void> {
    const verb = 'groups.setStatus';
    checkNames(verb, 'group name', [group]);
    const query = { group, status };
    await this.#caller.send({ verb, method: 'PUT', path: `${ADMIN}/set-group-status`, query }, options);
  }

  async #update(
    verb: string,
    group: string,
    members: readonly string[],
    isRemove: boolean,
    options?: CallOptions,
  ): Promise<void> {
    checkNames(verb, 'group name', [group]);
    checkNames(verb, 'member', members);
    const json = { group, members, isRemove, groupStatus: '' };
    await this.#caller.send({ verb, method: 'PUT', path: `${ADMIN}/update-group-members`, json }, options);
  }
}

function toGroupInfo({ name, status, members, policy, updatedAt }: WireGroup): GroupInfo {
  const date = dateOf(updatedAt);
  return {
    name,
    status,
    members: members ?? [],
    policies: splitList(policy),
    ...(date && { updatedAt: date }),
  };
}
