import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { Problem } from '../../common/problems/problem.js';
import { appendAudit } from '../../database/sql/audit-event.js';
import { Database, type Executor } from '../../database/schema.js';
import { Provisions, requireText, sorted } from '../../provisioning/records/provisions.js';
import { WORKFLOW_KIND } from '../engine/workflow.kind.js';
import { Offers } from './offers.js';
import type { RunRequest } from './run-request.js';
import { type NewRun, type Run, type RunKey, RunsStore } from './runs.store.js';

/** Another run for the same team, workflow and application is active. */
export class RunInProgress extends Problem {
  constructor(readonly runId: string) {
    super('run_in_progress', 'A run of this workflow is in progress for the team: see `Location`');
  }
}

/** Accepts runs of workflows. {@link RunActions} is what people do with them afterwards. */
@Injectable()
export class Runs {
  constructor(
    private readonly db: Database,
    private readonly store: RunsStore,
    private readonly offers: Offers,
    private readonly provisions: Provisions,
  ) {}

  /** Records a run and its provision. Throws {@link RunInProgress} if another one is active. */
  async request(request: RunRequest, context: RequestContext): Promise<Run> {
    requireText({ parameters: request.parameters });
    const run = await this.offers.runOf(request, context);
    const id = idOf(request, context);
    const made = await this.db
      .transaction()
      .execute((trx) => this.record({ ...run, ...(id === undefined ? {} : { id }) }, context, trx));
    return made ?? this.present(run, id);
  }

  /** Throws 404 if there is none. */
  async require(id: string): Promise<Run> {
    const run = await this.store.load(id);
    if (!run) throw new Problem('not_found', 'There is no such run');
    return run;
  }

  private async record(run: NewRun, context: RequestContext, trx: Executor): Promise<Run | undefined> {
    const id = await this.store.create(run, context, trx);
    if (id === undefined) return undefined;
    const metadata = { team: run.team, provider: run.provider, workflow: run.workflow };
    const { id: provisionId } = await this.provisions.accept(
      {
        ...{ kind: WORKFLOW_KIND, input: { run_id: id }, origin: 'api', subject: `workflow:${id}` },
        metadata,
      },
      context,
      trx,
    );
    await this.store.carriedOutBy(id, provisionId, trx);
    const detail = { run_id: id, ...metadata, version: run.version, application: run.application };
    await appendAudit(trx, context, { action: 'workflow.requested', detail });
    return this.store.load(id, trx);
  }

  /** What stands in the way of a new run: the run of an earlier request with the same key, or another active one. */
  private async present(run: NewRun, id: string | undefined): Promise<Run> {
    const earlier = id === undefined ? undefined : await this.store.load(id);
    if (earlier) {
      if (isSame(earlier, run)) return earlier;
      throw new Problem(
        'idempotency_conflict',
        'The idempotency key was already used for a different request',
      );
    }
    throw await this.inTheWay(run);
  }

  /** The active run that keeps another one from starting, as a problem. */
  async inTheWay(run: RunKey): Promise<Problem> {
    const active = await this.store.activeId(run);
    if (active !== undefined) return new RunInProgress(active);
    // it ended between the two statements
    return new Problem('busy', 'Another run of this workflow has just ended', { retryAfterSeconds: 1 });
  }
}

/** The same caller and key give the same run. */
function idOf({ idempotencyKey }: RunRequest, { name, kind }: RequestContext): string | undefined {
  if (idempotencyKey === undefined) return undefined;
  const hash = createHash('sha256')
    .update(JSON.stringify([kind, name, idempotencyKey]))
    .digest('hex');
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

function isSame(earlier: Run, { team_id, provider, workflow, application, parameters }: NewRun): boolean {
  const same = [earlier.team_id, earlier.provider, earlier.workflow, earlier.application];
  return (
    JSON.stringify(same) === JSON.stringify([team_id, provider, workflow, application]) &&
    // the database does not keep the order of the fields of an object
    JSON.stringify(sorted(earlier.parameters)) === JSON.stringify(sorted(parameters))
  );
}
