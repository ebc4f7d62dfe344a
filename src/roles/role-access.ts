import { Injectable } from '@nestjs/common';
import { Grants, MAX_GRANTS_OF_PAIR } from '../access/grants/grants.js';
import { holdsIn } from '../access/memberships/holds.js';
import { Memberships } from '../access/memberships/memberships.js';
import { Targets } from '../access/subjects/targets.js';
import type { Mutation } from '../access/changes/writer.js';
import { Subjects, type ChangedSubject } from '../access/subjects/subjects.js';
import type { SubjectKey } from '../access/subjects/subject-key.js';
import type { RequestContext } from '../auth/authenticated.js';
import { noSuch, Problem } from '../common/problems/problem.js';
import type { Executor, SubjectRow } from '../database/schema.js';
import { formatPath } from '../policy/paths.js';
import type { Operation } from '../provisioning/kinds/kind.js';
import {
  type Entitlement,
  type GroupEntitlement,
  groupKey,
  keyOf,
  type PathEntitlement,
  pathOf,
} from './entitlement.js';

/** The state of one transaction for one user. */
interface RoleContext {
  user: SubjectRow;
  group: (name: string) => SubjectRow | undefined;
  owner: (path: PathEntitlement) => SubjectRow | null;
  actor: RequestContext;
  trx: Executor;
  affected: ChangedSubject[];
}

/** The parameters of a replacement of a user's role entitlements. */
export interface Replacement {
  actor: RequestContext;
  /** The owner of the home that contains the path. */
  homeOf: (path: PathEntitlement) => string | undefined;
  /** Further work in the same transaction. */
  also: (user: SubjectRow, trx: Executor) => Promise<void>;
}

/** Manages a user's entitlements from roles: compares the desired ones with those from roles, and only ever revokes the latter. */
@Injectable()
export class RoleAccess {
  constructor(
    private readonly subjects: Subjects,
    private readonly targets: Targets,
    private readonly memberships: Memberships,
    private readonly grants: Grants,
  ) {}

  /**
   * Makes the user's entitlements from roles exactly these: grants missing ones, and revokes earlier ones that are not listed. Anything
   * that somebody gave by hand stays.
   */
  replace(userName: string, wanted: readonly Entitlement[], by: Replacement): Mutation<Operation[]> {
    return async (trx) => {
      const { scene, held } = await this.prepare(userName, wanted, by, trx);
      // revocations come first
      const operations = [
        ...(await this.takeGroups(scene, wanted, held)),
        ...(await this.takePaths(scene, wanted)),
      ];
      for (const each of wanted)
        operations.push(
          each.type === 'group' ? await this.giveGroup(scene, each) : await this.givePath(scene, each),
        );
      await by.also(scene.user, trx);
      const done = operations.filter(({ status }) => status === 'done').length;
      const event = { action: 'roles.applied', detail: { operations: done } };
      const change = { key: { kind: 'user', name: userName }, actor: by.actor, event } as const;
      return { value: operations, affected: await this.subjects.markChanged(scene.affected, change, trx) };
    };
  }

  /** Locks the affected subjects; `held` are the groups that roles added the user to. */
  private async prepare(
    userName: string,
    wanted: readonly Entitlement[],
    { actor, homeOf }: Replacement,
    trx: Executor,
  ): Promise<{ scene: RoleContext; held: string[] }> {
    const found = await this.subjects.requireStayingUser(userName, trx);
    const memberships = await this.memberships.groupsOf(found.id, trx);
    const held = memberships.filter((each) => holdsIn(each).role).map(({ group_name }) => group_name);
    const groups = new Set([...held, ...wanted.filter(isGroup).map(({ group }) => group)]);
    const owners = new Set(wanted.filter(isPath).flatMap((each) => homeOf(each) ?? []));
    const rows = await this.lock([userName, ...owners], [...groups], trx);
    const user = rows('user', userName);
    if (!user) throw noSuch('user');
    const group = (name: string) => rows('group', name);
    const owner = (path: PathEntitlement) => rows('user', homeOf(path) ?? '') ?? null;
    return { scene: { user, group, owner, actor, trx, affected: [] }, held };
  }

  private async takeGroups(
    scene: RoleContext,
    wanted: readonly Entitlement[],
    held: readonly string[],
  ): Promise<Operation[]> {
    const kept = new Set(wanted.map(keyOf));
    const operations: Operation[] = [];
    for (const name of held) {
      const group = scene.group(name);
      if (kept.has(groupKey(name)) || !group) continue;
      const none = { origin: 'role', role: undefined } as const;
      const outcome = await this.memberships.hold(group, scene.user, none, scene.trx);
      if (outcome !== 'ended' && outcome !== 'changed') continue;
      scene.affected.push({ id: group.id, revoking: true });
      operations.push({ entitlement: { type: 'group', group: name }, action: 'revoke', status: 'done' });
    }
    return operations;
  }

  private async takePaths(
    { user, trx, affected }: RoleContext,
    wanted: readonly Entitlement[],
  ): Promise<Operation[]> {
    const kept = new Set(wanted.filter(isPath).map(({ path }) => path));
    const operations: Operation[] = [];
    for (const grant of await this.grants.of(user, trx)) {
      const path = formatPath(grant);
      if (grant.origin !== 'role' || kept.has(path)) continue;
      await this.grants.removeOne(grant, trx);
      affected.push({ id: user.id, revoking: true, onlyGrants: true });
      operations.push({
        entitlement: { type: 'path', path, permission: grant.permission },
        action: 'revoke',
        status: 'done',
      });
    }
    return operations;
  }

  private async giveGroup(
    { user, group, trx, affected }: RoleContext,
    entitlement: GroupEntitlement,
  ): Promise<Operation> {
    const row = group(entitlement.group);
    const about = { entitlement: { ...entitlement }, action: 'grant' } as const;
    if (!row || row.status === 'removing')
      return { ...about, status: 'skipped', message: 'There is no such group' };
    const held = { origin: 'role', role: entitlement.role } as const;
    const outcome = await this.memberships.hold(row, user, held, trx);
    if (outcome === 'by_hand')
      return {
        ...about,
        status: 'unchanged',
        message: 'The user was added to the group by hand; this membership stays unchanged',
      };
    if (outcome === 'unchanged') return { ...about, status: 'unchanged' };
    affected.push({ id: row.id, revoking: outcome === 'changed' });
    return { ...about, status: 'done' };
  }

  private async givePath(
    { user, owner, actor, trx, affected }: RoleContext,
    entitlement: PathEntitlement,
  ): Promise<Operation> {
    const about = { entitlement: { ...entitlement }, action: 'grant' } as const;
    const given = await this.grants.grant(
      user,
      owner(entitlement),
      {
        path: pathOf(entitlement),
        permission: entitlement.permission,
        expiresAt: null,
        reason: null,
        origin: 'role',
        grantedBy: actor.name,
      },
      trx,
    );
    if (given.outcome === 'too_many')
      throw new Problem('unprocessable', `A user has at most ${MAX_GRANTS_OF_PAIR} grants in one home`);
    if (given.outcome === 'unchanged') return { ...about, status: 'unchanged' };
    affected.push({ id: user.id, revoking: given.narrowed, onlyGrants: true });
    return { ...about, status: 'done' };
  }

  /** Revokes a membership, whether a role or a person gave it. */
  revokeGroup(
    userName: string,
    groupName: string,
    context: RequestContext,
    also: (user: SubjectRow, trx: Executor) => Promise<void>,
  ): Mutation<boolean> {
    return async (trx) => {
      const rows = await this.lock([userName], [groupName], trx);
      const [user, group] = [rows('user', userName), rows('group', groupName)];
      if (user) await also(user, trx);
      const taken =
        user !== undefined && group !== undefined && (await this.memberships.remove(group, userName, trx));
      const event = { action: 'group.member_removed', detail: { user_name: userName } };
      const affected = taken && group ? [{ id: group.id, revoking: true }] : [];
      const key: SubjectKey = { kind: 'group', name: groupName };
      return {
        value: taken,
        affected: await this.subjects.markChanged(affected, { key, actor: context, event }, trx),
      };
    };
  }

  /** Revokes the user's grants on exactly this path, from roles, from shares and from an adoption. */
  revokePath(
    userName: string,
    entitlement: PathEntitlement,
    context: RequestContext,
    also: (user: SubjectRow, trx: Executor) => Promise<void>,
  ): Mutation<boolean> {
    return async (trx) => {
      const path = pathOf(entitlement);
      const user = (await this.lock([userName], [], trx))('user', userName);
      if (!user) return { value: false, affected: [] };
      await also(user, trx);
      const taken = await this.grants.revokeAll(user, path, ['role', 'share', 'adopted'], trx);
      const event = { action: 'path.revoked', detail: { path: formatPath(path) } };
      const key: SubjectKey = { kind: 'user', name: userName };
      return {
        value: taken,
        affected: await this.subjects.markChanged(
          taken ? [{ id: user.id, revoking: true, onlyGrants: true }] : [],
          { key, actor: context, event },
          trx,
        ),
      };
    };
  }

  private async lock(users: readonly string[], groups: readonly string[], trx: Executor) {
    const keys: SubjectKey[] = [
      ...users.map((name): SubjectKey => ({ kind: 'user', name })),
      ...groups.map((name): SubjectKey => ({ kind: 'group', name })),
    ];
    const { targets } = await this.targets.lock(keys, trx);
    const rows = new Map(
      targets.flatMap(({ key, row }) => (row ? [[`${key.kind}:${key.name}`, row] as const] : [])),
    );
    return (kind: SubjectKey['kind'], name: string): SubjectRow | undefined => rows.get(`${kind}:${name}`);
  }
}

function isGroup(entitlement: Entitlement): entitlement is GroupEntitlement {
  return entitlement.type === 'group';
}

function isPath(entitlement: Entitlement): entitlement is PathEntitlement {
  return entitlement.type === 'path';
}
