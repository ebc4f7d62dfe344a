import { Injectable } from '@nestjs/common';
import type { MissingThings, Thing } from '../../common/problems/missing-things.js';
import { brokenRule } from '../../common/problems/problem.js';
import { POSTGRES_GRANTS } from '../../documents/step-types/types/postgres.js';
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
  type Access,
  changeGrants,
  type Grant,
  missingGrants,
  stillHeld,
} from '../../targets/postgres/grants.js';
import { readRole } from '../../targets/postgres/roles.js';
import type { PostgresSession } from '../../targets/postgres/session.js';
import { readDatabase } from '../../targets/postgres/databases.js';
import type { Postgres } from '../../targets/postgres/postgres.js';
import { Targets } from '../../targets/targets.js';
import { noThing, refuseOwn, refuseUnlessExpected, thingOn } from './shared.js';

/** The input of the step type `postgres.grants`. */
export interface GrantsInput {
  target?: string;
  database: string;
  schema: string;
  role: string;
  access: Access;
}

/** Grants a role rights in a schema. */
@Kind(POSTGRES_GRANTS.kind, POSTGRES_GRANTS.input, { requestable: false })
@Injectable()
export class GrantsKind implements ProvisionKind<GrantsInput> {
  constructor(private readonly targets: Targets) {}

  subjectOf({ database }: GrantsInput): string {
    return `postgres_database:${database}`;
  }

  validate({ target, database, role }: GrantsInput, { team }: AskContext): Promise<void> {
    this.targets.postgres(target, team);
    refuseOwn('database', database);
    refuseOwn('role', role);
    return Promise.resolve();
  }

  needs({ target, database, role }: GrantsInput, { team }: AskContext): Thing[] {
    const server = this.targets.postgres(target, team);
    return [thingOn(server, 'database', database), thingOn(server, 'role', role)];
  }

  async plan(input: GrantsInput, context: AskContext): Promise<ShownChange[]> {
    const server = this.targets.postgres(input.target, context.team);
    const { database, schema, role, access } = input;
    const problems = await this.problemsOf(server, input);
    refuseUnlessExpected(problems, context);
    if (problems.length > 0)
      return [
        {
          change: 'grant',
          target: `postgres ${server.name}: ${database} ${schema}`,
          before: null,
          after: { role, access },
        },
      ];
    const missing = await server.in(database, (session) => this.missing(session, input));
    return missing.map((grant) => ({
      change: 'grant',
      target: `postgres ${server.name}: ${placeOf(input, grant)}`,
      before: null,
      after: { role: input.role, privileges: grant.privileges },
    }));
  }

  async apply(input: GrantsInput, { team }: RunContext): Promise<ProvisionResult> {
    const server = this.targets.postgres(input.target, team);
    const { database, schema, role } = input;
    const [problem] = await this.problemsOf(server, input);
    if (problem) throw problem;
    const grants = await server.in(database, (session) =>
      session.transaction(async () => {
        await session.lock(`grants ${role}`, 'transaction');
        const missing = await this.missing(session, input);
        await changeGrants(session, 'grant', role, schema, missing);
        return missing;
      }),
    );
    const done = grants.map((grant) => operationOf(input, grant));
    const entitlement = { type: 'postgres_grant', id: `${database} ${schema}`, role };
    return {
      operations: done.length > 0 ? done : [{ entitlement, action: 'grant', status: 'unchanged' }],
      outputs: { role },
    };
  }

  /** What is gone meanwhile, or was taken away, needs no undo. */
  async undo(input: GrantsInput, made: ProvisionResult, { team }: RunContext): Promise<ProvisionResult> {
    const server = this.targets.postgres(input.target, team);
    const { database, schema, role } = input;
    const done = made.operations.filter(({ status }) => status === 'done');
    const grants = done.map(({ entitlement }) => (entitlement as unknown as { grant: Grant }).grant);
    await server.in(database, (session) =>
      session.transaction(async () => {
        await session.lock(`grants ${role}`, 'transaction');
        const held = await stillHeld(session, role, schema, grants);
        await changeGrants(session, 'revoke', role, schema, held);
      }),
    );
    return { operations: done.map((each) => ({ ...each, action: 'revoke' })) };
  }

  /** That the database and the role are not there. */
  private async problemsOf(server: Postgres, { database, role }: GrantsInput): Promise<MissingThings[]> {
    const isThere = (await readDatabase(server, database)) !== undefined;
    const found = await server.in(undefined, (session) => readRole(session, role));
    return [
      ...(isThere ? [] : [noThing(server, 'database', 'database', database)]),
      ...(found ? [] : [noThing(server, 'role', 'role', role)]),
    ];
  }

  private async missing(session: PostgresSession, { role, schema, access }: GrantsInput): Promise<Grant[]> {
    const missing = await missingGrants(session, role, schema, access);
    if (!missing) throw brokenRule('schema', `there is no schema ${schema}`);
    return missing;
  }
}

function operationOf(input: GrantsInput, grant: Grant): Operation {
  const entitlement = { type: 'postgres_grant', id: placeOf(input, grant), role: input.role, grant };
  return { entitlement, action: 'grant', status: 'done' };
}

/** Such as `field public: table sample`. */
function placeOf({ database, schema }: GrantsInput, { on, name }: Grant): string {
  return `${database} ${schema}: ${on}${on === 'schema' || on === 'database' ? '' : ` ${name}`}`;
}
