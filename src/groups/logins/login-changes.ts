import { Injectable } from '@nestjs/common';
import type { Mutation } from '../../access/changes/writer.js';
import { holdsIn } from '../../access/memberships/holds.js';
import { type HoldOutcome, Memberships } from '../../access/memberships/memberships.js';
import type { SubjectKey } from '../../access/subjects/subject-key.js';
import { type ChangedSubject, Subjects } from '../../access/subjects/subjects.js';
import { Targets } from '../../access/subjects/targets.js';
import type { Actor, LoginGroup, LoginGroups } from '../../common/caller.js';
import type { Executor, GroupRole, SubjectRow } from '../../database/schema.js';
import type { GivenGroup } from '../../database/tables/membership-tables.js';
import { LoginGroupsStore, type LoginState } from './login-groups.store.js';
import { isTotalLoss, type LoginTerms, mayLoseAll, planLogin, stepOf } from './login-plan.js';

/** One transaction: the user, the groups concerned by name, all locked, and who logs in. */
interface Scene {
  userName: string;
  state: LoginState;
  rows: ReadonlyMap<string, SubjectRow>;
  actor: Actor;
  trx: Executor;
}

const ACTIONS: Partial<Record<HoldOutcome, string>> = {
  granted: 'membership.login_given',
  changed: 'membership.login_changed',
  ended: 'membership.login_ended',
};

/** Changes of memberships that logins cause. */
@Injectable()
export class LoginChanges {
  constructor(
    private readonly store: LoginGroupsStore,
    private readonly memberships: Memberships,
    private readonly subjects: Subjects,
    private readonly targets: Targets,
  ) {}

  /** Makes the person's memberships what the login names, or records why that waits. */
  following(userName: string, login: LoginGroups, terms: LoginTerms, actor: Actor): Mutation<undefined> {
    return async (trx) => {
      const scene = await this.lock(userName, login.groups, actor, trx);
      const step = scene ? stepOf(scene.state, login, terms) : 'nothing';
      // another request has followed the same login, or a later one
      if (!scene || (step !== 'wait' && step !== 'apply')) return { value: undefined, affected: [] };
      const plan = planLogin(login.groups, scene.state.given, scene.state.ids);
      const emptied = isTotalLoss(plan);
      const waits =
        step === 'wait' ? 'second_answer' : emptied && (await this.isBraked(trx)) ? 'brake' : undefined;
      if (waits) {
        await this.wait(scene, login, { waits, emptyBy: terms.by });
        return { value: undefined, affected: [] };
      }
      const changed: ChangedSubject[] = [];
      // revocations come first
      for (const each of plan.end) changed.push(...(await this.hold(scene, each, undefined)));
      const kept = await this.stillHeld(scene, plan.change);
      for (const each of [...kept, ...plan.give]) changed.push(...(await this.hold(scene, each, each.role)));
      const { userId } = scene.state;
      await this.store.save(
        userId,
        { named: login.groups, given: plan.given, asOf: login.asOf, emptied },
        trx,
      );
      return { value: undefined, affected: await this.subjects.incrementGeneration(changed, trx) };
    };
  }

  /** Locks the user and every group that the login names or earlier ones gave; undefined if the user is gone or not active. */
  private async lock(
    userName: string,
    named: readonly LoginGroup[],
    actor: Actor,
    trx: Executor,
  ): Promise<Scene | undefined> {
    const names = named.map(({ group }) => group);
    let state = await this.store.find(userName, names, trx);
    for (let locked = new Set<string>(); state?.status === 'active';) {
      const groups = [...new Set([...names, ...state.given.map(({ group }) => group)])];
      const keys = groups.map((name): SubjectKey => ({ kind: 'group', name }));
      const { targets } = await this.targets.lock([{ kind: 'user', name: userName }, ...keys], trx);
      locked = new Set([...locked, ...groups]);
      state = await this.store.find(userName, names, trx);
      // another login may have given more groups before the user was locked
      if (!state?.given.every(({ group }) => locked.has(group))) continue;
      if (state.status !== 'active') return undefined;
      const found = targets.flatMap(({ key, row }) =>
        row && key.kind === 'group' ? [[key.name, row] as const] : [],
      );
      const ids = new Map(found.map(([name, { id }]) => [name, id]));
      return { userName, state: { ...state, ids }, rows: new Map(found), actor, trx };
    }
    return undefined;
  }

  private async isBraked(trx: Executor): Promise<boolean> {
    return !mayLoseAll(await this.store.countLosses(trx));
  }

  private async wait(
    { userName, state, actor, trx }: Scene,
    { groups: named, asOf }: LoginGroups,
    wait: { waits: 'second_answer' | 'brake'; emptyBy: string },
  ): Promise<void> {
    await this.store.save(state.userId, { named, given: state.given, asOf, ...wait }, trx);
    if (state.waits === wait.waits) return;
    const entry = { action: 'membership.login_waits', detail: { reason: wait.waits } };
    await this.subjects.record({ kind: 'user', name: userName }, actor, entry, trx);
  }

  /** Those of the groups in which the login still holds a membership: what a person took away stays so. */
  private async stillHeld({ state, trx }: Scene, groups: readonly GivenGroup[]): Promise<GivenGroup[]> {
    if (groups.length === 0) return [];
    const memberships = await this.memberships.groupsOf(state.userId, trx);
    const held = new Set(memberships.filter((each) => holdsIn(each).login).map(({ group_id }) => group_id));
    return groups.filter(({ group_id }) => held.has(group_id));
  }

  private async hold(
    { userName, state, rows, actor, trx }: Scene,
    { group, role: before }: GivenGroup,
    role: GroupRole | undefined,
  ): Promise<ChangedSubject[]> {
    const row = rows.get(group);
    if (!row) return [];
    const outcome = await this.memberships.hold(row, { id: state.userId }, { origin: 'login', role }, trx);
    const action = ACTIONS[outcome];
    if (!action) return [];
    const detail = { user_name: userName, role: role ?? before };
    await this.subjects.record({ kind: 'group', name: group }, actor, { action, detail }, trx);
    return [{ id: row.id, revoking: outcome === 'ended' || outcome === 'changed' }];
  }
}
