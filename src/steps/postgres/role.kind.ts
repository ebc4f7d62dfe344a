import { Injectable } from '@nestjs/common';
import type { Thing } from '../../common/problems/missing-things.js';
import { brokenRule, Problem } from '../../common/problems/problem.js';
import { POSTGRES_ROLE } from '../../documents/step-types/types/postgres.js';
import type { LeftThing } from '../../provisioning/kinds/expected-things.js';
import {
  type AskContext,
  Kind,
  type Operation,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';
import type { Postgres } from '../../targets/postgres/postgres.js';
import {
  createRole,
  dropRole,
  HAS_SOMETHING,
  placesOf,
  readRole,
  removeMember,
  type RoleState,
  setPassword,
} from '../../targets/postgres/roles.js';
import type { PostgresSession } from '../../targets/postgres/session.js';
import { Targets } from '../../targets/targets.js';
import { Deliveries, type Delivery, type DeliverSpec, isDelivered } from '../deliver/deliver.js';
import { becomeMember, missingRoles, noRoles } from './memberships.js';
import { newPassword } from './password.js';
import {
  markOf,
  refuseOwn,
  refuseUnlessExpected,
  refuseWishes,
  removal,
  removalResult,
  requireRemovable,
  type State,
  thingOn,
} from './shared.js';

/** The input of the step type `postgres.role`. */
export interface RoleInput {
  target?: string;
  role: string;
  login: boolean;
  member_of: string[];
  database?: string;
  rotate: boolean;
  deliver?: DeliverSpec;
  state: State;
}

/** Creates a role, and delivers the password of one with a login; or drops one. */
@Kind(POSTGRES_ROLE.kind, POSTGRES_ROLE.input, { requestable: false })
@Injectable()
export class RoleKind implements ProvisionKind<RoleInput> {
  constructor(
    private readonly targets: Targets,
    private readonly deliveries: Deliveries,
  ) {}

  subjectOf({ role }: RoleInput): string {
    return `postgres_role:${role}`;
  }

  validate(
    { target, role, login, member_of, database, rotate, deliver, state }: RoleInput,
    context: AskContext,
  ): Promise<void> {
    refuseWishes(state, login || rotate || member_of.length > 0 || database !== undefined);
    this.targets.postgres(target, context.team);
    refuseOwn('role', role, ...member_of);
    if (login !== (deliver !== undefined))
      throw brokenRule('deliver', login ? 'must be set for a role with a login' : 'needs login: true');
    if (rotate && !login) throw brokenRule('rotate', 'needs login: true');
    if (deliver) this.deliveries.validate(deliver, context);
    return Promise.resolve();
  }

  leaves({ target, role, state, deliver }: RoleInput, { team }: AskContext): LeftThing[] {
    const left = { ...thingOn(this.targets.postgres(target, team), 'role', role), there: state !== 'absent' };
    return [left, ...this.deliveries.leaves(deliver, { team })];
  }

  needs({ target, member_of }: RoleInput, { team }: AskContext): Thing[] {
    const server = this.targets.postgres(target, team);
    return member_of.map((each) => thingOn(server, 'role', each));
  }

  async plan(input: RoleInput, context: AskContext): Promise<ShownChange[]> {
    const server = this.targets.postgres(input.target, context.team);
    const found = await server.in(undefined, (session) => readRole(session, input.role));
    const target = `postgres ${server.name}: role ${input.role}`;
    const { login, member_of, state } = input;
    if (state === 'absent') {
      if (found) await this.requireDroppable(server, input.role, found, context);
      return found ? [{ change: 'drop_role', target, before: { login: found.login }, after: null }] : [];
    }
    refuseUnlessExpected(
      await server.in(undefined, (session) => noRoles(session, server, input, found)),
      context,
    );
    const after = { login, member_of };
    const delivered = await this.planDelivery(input, server, found, context);
    if (!found) return [{ change: 'create_role', target, before: null, after }, ...delivered];
    const before = { login: found.login, member_of: found.memberOf };
    const changes = missingRoles(input, found).length > 0 || (login && !found.login);
    return [...(changes ? [{ change: 'change_role', target, before, after }] : []), ...delivered];
  }

  /** Password and delivery are made together: the server commits only what has arrived in the vault. */
  async apply(input: RoleInput, context: RunContext): Promise<ProvisionResult> {
    const server = this.targets.postgres(input.target, context.team);
    const mark = markOf(context.provisionId);
    if (input.state === 'absent') return this.drop(server, input.role);
    return server.in(undefined, (session) =>
      session.transaction(async () => {
        await session.lock(`role ${input.role}`, 'transaction');
        const found = await readRole(session, input.role);
        if (!found) await createRole(session, input.role, mark);
        const role = found ?? (await requireRole(session, input.role));
        const entitlement = { type: 'role', target: server.name, id: input.role, oid: role.oid };
        const ours = !found || found.comment === mark;
        const operations: Operation[] = [
          { entitlement, action: 'create', status: ours ? 'done' : 'unchanged' },
        ];
        operations.push(...(await becomeMember(session, server, input, role)));
        const delivery = await this.password(session, server, input, found, context);
        if (delivery) operations.push(delivery.operation);
        return { operations, outputs: { role: input.role, delivered: delivery?.reference ?? {} } };
      }),
    );
  }

  private async drop(server: Postgres, role: string): Promise<ProvisionResult> {
    return server.in(undefined, async (session) => {
      const found = await readRole(session, role);
      const stays = found && (await dropRole(session, role, found.oid));
      return removalResult({ type: 'role', id: role, target: server.name }, found !== undefined, stays);
    });
  }

  async undo(input: RoleInput, made: ProvisionResult, { team }: RunContext): Promise<ProvisionResult> {
    const server = this.targets.postgres(input.target, team);
    const [first] = made.operations;
    const dropped = await server.in(undefined, async (session) => {
      const operations: Operation[] = [];
      const isMade = first?.status === 'done';
      for (const done of made.operations) {
        const { type, id } = done.entitlement as { type: string; id: string };
        if (type !== 'role_membership' || done.status !== 'done') continue;
        // of a role that stays, too: the membership is new
        if (await readRole(session, input.role)) await removeMember(session, id, input.role);
        operations.push(removal(done, undefined));
      }
      if (isMade) {
        const { oid } = first.entitlement as { oid: string };
        operations.push(removal(first, await dropRole(session, input.role, oid)));
      }
      return operations;
    });
    // a role that stays needs its password
    const stays = dropped.find(
      ({ entitlement, status }) => entitlement['type'] === 'role' && status === 'skipped',
    );
    const delivered = made.operations.filter(isDelivered);
    const taken = stays
      ? delivered.map((each) => removal(each, 'the role is still there'))
      : await this.deliveries.takeBack(delivered, { team });
    return { operations: [...dropped, ...taken] };
  }

  /** Makes and delivers a password if one is needed. Undefined: the role has no login. */
  private async password(
    session: PostgresSession,
    server: Postgres,
    input: RoleInput,
    found: RoleState | undefined,
    context: RunContext,
  ): Promise<Delivery | undefined> {
    const { deliver, role } = input;
    if (!deliver) return undefined;
    const parts = this.partsOf(input, server);
    if (!needsPassword(input, found)) return this.requireDelivered(input, deliver, server, context);
    const password = newPassword();
    await setPassword(session, role, password);
    return this.deliveries.deliver(deliver, { ...parts, password: password.reveal() }, context);
  }

  private async planDelivery(
    input: RoleInput,
    server: Postgres,
    found: RoleState | undefined,
    context: AskContext,
  ): Promise<ShownChange[]> {
    const { deliver } = input;
    if (!deliver) return [];
    if (needsPassword(input, found))
      return this.deliveries.plan(deliver, Object.keys(this.partsOf(input, server)), context);
    await this.requireDelivered(input, deliver, server, { ...context, provisionId: '' });
    return [];
  }

  /** The password of a role that has one. Throws `not_possible` if it is not where it should be. */
  private async requireDelivered(
    input: RoleInput,
    deliver: DeliverSpec,
    server: Postgres,
    context: Pick<RunContext, 'provisionId' | 'team'>,
  ): Promise<Delivery> {
    const there = await this.deliveries.found(deliver, Object.keys(this.partsOf(input, server)), context);
    if (there) return there;
    throw new Problem(
      'not_possible',
      `The role ${input.role} has a password, which is not where it should be delivered: set rotate to make a new one`,
    );
  }

  /** Throws `not_possible` if the role has something in a database that will not have been dropped by then. */
  private async requireDroppable(
    server: Postgres,
    role: string,
    { oid }: RoleState,
    { expected }: AskContext,
  ): Promise<void> {
    const places = await server.in(undefined, (session) => placesOf(session, oid));
    const stays = places.some(
      (place) => place === null || expected?.has(thingOn(server, 'database', place)) !== false,
    );
    requireRemovable({ type: 'role', id: role }, stays ? HAS_SOMETHING : undefined);
  }

  /** What is delivered, with an empty password. */
  private partsOf({ role, database }: RoleInput, server: Postgres): Record<string, string> {
    const { host, port } = server.address;
    const where = { host, port: String(port), ...(database !== undefined && { database }) };
    return { username: role, password: '', ...where };
  }
}

async function requireRole(session: PostgresSession, name: string): Promise<RoleState> {
  const role = await readRole(session, name);
  if (!role) throw brokenRule('role', `there is no role ${name}`);
  return role;
}

function needsPassword({ login, rotate }: RoleInput, found: RoleState | undefined): boolean {
  return login && (rotate || !found?.login);
}
