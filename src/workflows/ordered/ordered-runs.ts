import { Injectable } from '@nestjs/common';
import type { Actor } from '../../common/caller.js';
import { Problem } from '../../common/problems/problem.js';
import type { Executor } from '../../database/schema.js';
import { Cancelled, type ProvisionResult, type RunContext, Wait } from '../../provisioning/kinds/kind.js';
import { Waits } from '../../provisioning/records/waits.js';
import { takenBack } from '../engine/taken-back.js';
import { RunProvisions } from '../runs/run-provisions.js';
import { type Run, RunsStore } from '../runs/runs.store.js';

/** How often to look at what does not wake the provision, in milliseconds. */
const RECHECK_MS = 2000;

/** Runs for which provisions wait. */
@Injectable()
export class OrderedRuns {
  constructor(
    private readonly store: RunsStore,
    private readonly provisions: RunProvisions,
    private readonly waits: Waits,
  ) {}

  /** The run of a provision; undefined: it was not accepted yet. */
  find(id: string): Promise<Run | undefined> {
    return this.store.load(id);
  }

  /** Lets a provision wait for the end of a run. */
  waitForEnd({ provision_id: part }: Run, id: string): Wait {
    return new Wait((trx) => this.waits.onOrGoOn(part ?? '', id, trx));
  }

  /** Lets a provision wait until a run of somebody else has ended, or is taken back: then it looks again. */
  async waitForOther(runId: string, id: string): Promise<Wait> {
    const { provision_id: part = null } = (await this.store.load(runId)) ?? {};
    return new Wait(async (trx) => {
      if (part !== null) await this.waits.on(part, id, trx);
    }, RECHECK_MS);
  }

  /** Takes a run back, and lets the provision that undoes it wait for that. Throws `undo_failed`. */
  async undo(runId: string, { provisionId, actor }: RunContext): Promise<ProvisionResult | Wait> {
    const run = await this.store.load(runId);
    if (!run) return { operations: [] };
    if (run.undone_at !== null) return { operations: takenBack(run) };
    // somebody may be at it, or another run of the workflow stands in the way
    if (run.active || (await this.store.activeId(run)) !== undefined)
      return new Wait(() => Promise.resolve(), RECHECK_MS);
    if (await this.waits.hasWaited(provisionId)) throw failed(run);
    const done = await this.provisions.of(run);
    return new Wait(async (trx) =>
      this.waits.onOrGoOn(await this.provisions.undo(run, done, actor, trx), provisionId, trx),
    );
  }

  /** Asks the run of a provision to end, if it has not. False: there is none yet. */
  async cancel(id: string, actor: Actor, trx: Executor): Promise<boolean> {
    const run = await this.store.load(id, trx);
    if (run?.ended_at === null) await this.provisions.cancel(run, actor, trx);
    return run !== undefined;
  }

  /** Throws {@link Cancelled} if the provision was cancelled; it cannot be until the transaction ends. */
  async requireRunning(id: string, trx: Executor): Promise<void> {
    const { status } = await this.waits.locked(id, trx);
    if (status !== 'processing') throw new Cancelled();
  }
}

function failed({ steps }: Run): Problem {
  const step = steps.find(({ undo_status }) => undo_status === 'failed' || undo_status === 'cancelled');
  return new Problem(
    'undo_failed',
    `Step ${step?.name ?? ''} could not be undone: ${step?.undo_error ?? 'it was cancelled'}`,
  );
}
