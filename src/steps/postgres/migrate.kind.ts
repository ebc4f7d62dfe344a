import { Injectable } from '@nestjs/common';
import type { MissingThings, Thing } from '../../common/problems/missing-things.js';
import { brokenRule } from '../../common/problems/problem.js';
import { POSTGRES_MIGRATE } from '../../documents/step-types/types/postgres.js';
import {
  type AskContext,
  Kind,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';
import { readDatabase } from '../../targets/postgres/databases.js';
import { forgetLogin, type Migration, outstanding, runAs } from '../../targets/postgres/migrations.js';
import type { Postgres } from '../../targets/postgres/postgres.js';
import { readRole } from '../../targets/postgres/roles.js';
import { Targets } from '../../targets/targets.js';
import { newPassword } from './password.js';
import { noThing, refuseOwn, refuseUnlessExpected, thingOn } from './shared.js';

/** The input of the step type `postgres.migrate`. */
export interface MigrateInput {
  target?: string;
  database: string;
  role?: string;
  migrations: Migration[];
}

/** Runs SQL that was not run yet. */
@Kind(POSTGRES_MIGRATE.kind, POSTGRES_MIGRATE.input, { requestable: false })
@Injectable()
export class MigrateKind implements ProvisionKind<MigrateInput> {
  constructor(private readonly targets: Targets) {}

  subjectOf({ database }: MigrateInput): string {
    return `postgres_database:${database}`;
  }

  validate({ target, database, role, migrations }: MigrateInput, { team }: AskContext): Promise<void> {
    this.targets.postgres(target, team);
    refuseOwn('database', database);
    refuseOwn('role', role);
    if (new Set(migrations.map(({ name }) => name)).size < migrations.length)
      throw brokenRule('migrations', 'two have the same name');
    return Promise.resolve();
  }

  needs({ target, database, role }: MigrateInput, { team }: AskContext): Thing[] {
    const server = this.targets.postgres(target, team);
    return [
      thingOn(server, 'database', database),
      ...(role === undefined ? [] : [thingOn(server, 'role', role)]),
    ];
  }

  async plan(input: MigrateInput, context: AskContext): Promise<ShownChange[]> {
    const server = this.targets.postgres(input.target, context.team);
    const { role, problems } = await this.lookAt(server, input);
    refuseUnlessExpected(problems, context);
    const left =
      problems.length > 0
        ? input.migrations
        : await server.in(input.database, (session) => outstanding(session, input.migrations));
    return left.map(({ name, sql }) => ({
      change: 'migrate',
      target: `postgres ${server.name}: ${input.database} ${name}`,
      before: null,
      after: { ...(role !== undefined && { role }), sql },
    }));
  }

  async apply(input: MigrateInput, context: RunContext): Promise<ProvisionResult> {
    const { team, provisionId } = context;
    const server = this.targets.postgres(input.target, team);
    const { role = '', problems } = await this.lookAt(server, input);
    const [problem] = problems;
    if (problem) throw problem;
    const { database, migrations } = input;
    const left = await server.in(database, async (session) => {
      // one at a time: whoever waited finds nothing left
      await session.lock('migrations', 'session');
      const missing = await outstanding(session, migrations);
      const login = { name: `minio_manager_${provisionId.replaceAll('-', '')}`, password: newPassword() };
      if (missing.length > 0)
        await runAs(server, database, role, login, {
          ...{ provisionId, migrations: missing },
          guard: () => context.guard(),
        });
      else await forgetLogin(server, database, role, login.name);
      return missing;
    });
    const done = new Set(left.map(({ name }) => name));
    return {
      operations: migrations.map(({ name }) => ({
        entitlement: { type: 'migration', id: name, database },
        action: 'create',
        status: done.has(name) ? 'done' : 'unchanged',
      })),
      outputs: { applied: [...done] },
    };
  }

  /** Whose rights the SQL has, never those of a superuser or of this service; and what is missing. */
  private async lookAt(
    server: Postgres,
    { role, database }: MigrateInput,
  ): Promise<{ role?: string | undefined; problems: MissingThings[] }> {
    const found = await readDatabase(server, database);
    const problems = found ? [] : [noThing(server, 'database', 'database', database)];
    const name = role ?? found?.owner;
    if (name === undefined) return { problems };
    const [state, own] = await server.in(undefined, async (session) => [
      await readRole(session, name),
      await session.query<{ name: string }>('select current_user::text as name'),
    ]);
    if (!state) return { role: name, problems: [...problems, noThing(server, 'role', 'role', name)] };
    if (state.superuser || own[0]?.name === name)
      throw brokenRule('role', `${name} has more rights than SQL of a team may have: name another one`);
    return { role: name, problems };
  }
}
