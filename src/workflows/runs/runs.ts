import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { isSame } from '../../common/canonical.js';
import { Problem } from '../../common/problems/problem.js';
import { Database, type Executor } from '../../database/schema.js';
import { idOfKey } from '../../provisioning/http/idempotency-key.js';
import { Offers } from '../plan/offers.js';
import { Planning } from '../plan/planning.js';
import type { RunRequest } from '../plan/run-request.js';
import { RunInProgress } from './run-in-progress.js';
import { RunProvisions } from './run-provisions.js';
import { type NewRun, type Run, type RunKey, RunsStore } from './runs.store.js';

/** Accepts runs of workflows. {@link RunActions} is what people do with them afterwards. */
@Injectable()
export class Runs {
  constructor(
    private readonly db: Database,
    private readonly store: RunsStore,
    private readonly offers: Offers,
    private readonly planning: Planning,
    private readonly provisions: RunProvisions,
  ) {}

  /** Records a run and its provision; `first` is done in the same transaction before. Throws {@link RunInProgress} if another one is active. */
  async request(
    request: RunRequest,
    context: RequestContext,
    first: (trx: Executor) => Promise<void> = () => Promise.resolve(),
  ): Promise<Run> {
    const run = await this.offers.runOf(request, context);
    const { idempotencyKey: key } = request;
    const id = request.id ?? (key === undefined ? undefined : idOfKey(key, context));
    const earlier = id === undefined ? undefined : await this.store.load(id);
    if (earlier) return requireSame(earlier, run);
    const prepared = await this.planning.prepare(run, context);
    const made = await this.db.transaction().execute(async (trx) => {
      await first(trx);
      return this.provisions.accept(id ?? randomUUID(), prepared, context, trx);
    });
    if (made) return made;
    // a request with the same key may have come meanwhile
    const present = id === undefined ? undefined : await this.store.load(id);
    if (present) return requireSame(present, run);
    throw await this.inTheWay(run);
  }

  /** Throws 404 if there is none. */
  async require(id: string): Promise<Run> {
    const run = await this.store.load(id);
    if (!run) throw new Problem('not_found', 'There is no such run');
    return run;
  }

  /** The active run that keeps another one from starting, as a problem. */
  async inTheWay(run: RunKey): Promise<Problem> {
    const active = await this.store.activeId(run);
    if (active !== undefined) return new RunInProgress(active);
    // it ended between the two statements
    return new Problem('busy', 'Another run of this workflow has just ended', { retryAfterSeconds: 1 });
  }
}

/** Throws `idempotency_conflict` if the earlier run with the key is another one. */
function requireSame(earlier: Run, now: NewRun): Run {
  const { team_id, provider, workflow, application, parameters } = now;
  const same = [earlier.team_id, earlier.provider, earlier.workflow, earlier.application];
  if (
    isSame(same, [team_id, provider, workflow, application]) &&
    // the database does not keep the order of the fields of an object
    isSame(earlier.parameters, parameters) &&
    isSame(askedIn(earlier), askedIn(now))
  )
    return earlier;
  throw new Problem('idempotency_conflict', 'The idempotency key was already used for a different request');
}

/** What a Score file asked for. What the run does about it may be something else by now. */
function askedIn({ snapshot }: Pick<NewRun, 'snapshot'>): object[] {
  return (snapshot.resources ?? []).map(({ names, key, params }) => ({ names, key, params }));
}
