import { Injectable } from '@nestjs/common';
import type { MissingThings, Thing } from '../../common/problems/missing-things.js';
import { brokenRule } from '../../common/problems/problem.js';
import { POSTGRES_DATABASE } from '../../documents/step-types/types/postgres.js';
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
import {
  createDatabase,
  type DatabaseState,
  dropEmptyDatabase,
  dropExtension,
  installExtension,
  isFilled,
  NOT_EMPTY,
  readDatabase,
  setOwner,
  whyNotInstalled,
} from '../../targets/postgres/databases.js';
import type { Postgres } from '../../targets/postgres/postgres.js';
import { readRole } from '../../targets/postgres/roles.js';
import { Targets } from '../../targets/targets.js';
import {
  markOf,
  noThing,
  refuseOwn,
  refuseUnlessExpected,
  refuseWishes,
  removal,
  removalResult,
  requireRemovable,
  type State,
  thingOn,
} from './shared.js';

/** The input of the step type `postgres.database`. */
export interface DatabaseInput {
  target?: string;
  database: string;
  owner?: string;
  extensions: string[];
  state: State;
}

/** Creates a database, or drops an empty one. */
@Kind(POSTGRES_DATABASE.kind, POSTGRES_DATABASE.input, { requestable: false })
@Injectable()
export class DatabaseKind implements ProvisionKind<DatabaseInput> {
  constructor(private readonly targets: Targets) {}

  subjectOf({ database }: DatabaseInput): string {
    return `postgres_database:${database}`;
  }

  validate(
    { target, database, owner, extensions, state }: DatabaseInput,
    { team }: AskContext,
  ): Promise<void> {
    refuseWishes(state, owner !== undefined || extensions.length > 0);
    this.targets.postgres(target, team);
    refuseOwn('database', database);
    return Promise.resolve();
  }

  leaves({ target, database, state }: DatabaseInput, { team }: AskContext): LeftThing[] {
    const thing = thingOn(this.targets.postgres(target, team), 'database', database);
    return [{ ...thing, there: state !== 'absent' }];
  }

  needs({ target, owner }: DatabaseInput, { team }: AskContext): Thing[] {
    return owner === undefined ? [] : [thingOn(this.targets.postgres(target, team), 'role', owner)];
  }

  async plan(input: DatabaseInput, context: AskContext): Promise<ShownChange[]> {
    const server = this.targets.postgres(input.target, context.team);
    const { database, owner, extensions, state } = input;
    const found = await readDatabase(server, database);
    const changed = { ...(owner !== undefined && { owner }), extensions };
    const target = `postgres ${server.name}: database ${database}`;
    if (state === 'absent') {
      if (!found) return [];
      const stays = (await isFilled(server, database)) ? NOT_EMPTY : undefined;
      requireRemovable({ type: 'database', id: database }, stays);
      return [{ change: 'drop_database', target, before: { owner: found.owner }, after: null }];
    }
    refuseUnlessExpected([await this.problemOf(server, input, found)], context);
    if (!found) return [{ change: 'create_database', target, before: null, after: changed }];
    if (!owesOwner(input, found) && missing(input, found).length === 0) return [];
    const before = { owner: found.owner, extensions: found.extensions };
    return [{ change: 'change_database', target, before, after: changed }];
  }

  async apply(input: DatabaseInput, { team, provisionId }: RunContext): Promise<ProvisionResult> {
    const server = this.targets.postgres(input.target, team);
    const { database, owner } = input;
    if (input.state === 'absent') return this.drop(server, database);
    const problem = await this.problemOf(server, input, await readDatabase(server, database));
    if (problem) throw problem;
    const mark = markOf(provisionId);
    await createDatabase(server, database, mark, `minio_manager_${provisionId.replaceAll('-', '')}`);
    const found = (await readDatabase(server, database)) as DatabaseState;
    const ours = found.comment === mark;
    const operations: Operation[] = [
      {
        entitlement: { type: 'database', target: server.name, id: database, oid: found.oid },
        action: 'create',
        status: ours ? 'done' : 'unchanged',
      },
    ];
    if (owner !== undefined && owesOwner(input, found)) {
      await setOwner(server, database, owner);
      const entitlement = { type: 'database_owner', id: owner, before: found.owner };
      if (!ours) operations.push({ entitlement, action: 'change', status: 'done' });
    }
    for (const extension of missing(input, found)) {
      await installExtension(server, database, extension);
      operations.push({
        entitlement: { type: 'extension', id: extension },
        action: 'create',
        status: 'done',
      });
    }
    return { operations, outputs: { database, ...server.address } };
  }

  /** What is missing for the database; another problem is thrown. */
  private async problemOf(
    server: Postgres,
    input: DatabaseInput,
    found: DatabaseState | undefined,
  ): Promise<MissingThings | undefined> {
    const present = found?.extensions ?? [];
    const why = await whyNotInstalled(server, missing(input, { extensions: present }), present);
    if (why !== undefined) throw brokenRule('extensions', why);
    const { owner } = input;
    if (owner === undefined) return undefined;
    const role = await server.in(undefined, (session) => readRole(session, owner));
    return role ? undefined : noThing(server, 'owner', 'role', owner);
  }

  private async drop(server: Postgres, database: string): Promise<ProvisionResult> {
    const found = await readDatabase(server, database);
    const stays = found && (await dropEmptyDatabase(server, database, found.oid));
    return removalResult({ type: 'database', id: database, target: server.name }, found !== undefined, stays);
  }

  async undo(input: DatabaseInput, made: ProvisionResult, { team }: RunContext): Promise<ProvisionResult> {
    const server = this.targets.postgres(input.target, team);
    const operations: Operation[] = [];
    for (const done of [...made.operations].reverse()) {
      const { type, id, oid } = done.entitlement as { type: string; id: string; oid: string };
      if (done.status !== 'done') continue;
      if (type === 'database')
        operations.push(removal(done, await dropEmptyDatabase(server, input.database, oid)));
      else if (type === 'database_owner') operations.push(removal(done, 'a changed owner stays'));
      // those of a database that goes go with it
      else if (made.operations[0]?.status !== 'done')
        operations.push(removal(done, await dropExtension(server, input.database, id)));
    }
    return { operations };
  }
}

function owesOwner({ owner }: DatabaseInput, found: DatabaseState): boolean {
  return owner !== undefined && owner !== found.owner;
}

function missing({ extensions }: DatabaseInput, found: Pick<DatabaseState, 'extensions'>): string[] {
  return extensions.filter((each) => !found.extensions.includes(each));
}
