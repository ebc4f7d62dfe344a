import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { type RunContext, Wait } from '../../provisioning/kinds/kind.js';
import { Waits } from '../../provisioning/records/waits.js';
import { ResourceStates } from '../resources/resource-states.js';
import type { Resource } from '../resources/resources.store.js';
import { RunProvisions } from '../runs/run-provisions.js';
import type { NewRun, Run } from '../runs/runs.store.js';
import { StepsStore } from '../runs/steps.store.js';
import { isIn, type Whole, Wholes } from './wholes.js';

/** How often to look whether another run at a resource has ended, in milliseconds. */
const RECHECK_MS = 2000;

/**
 * The undo of what a Score file asked for: a run of the delete workflow of its type, as `DELETE /api/resources/{id}` begins one. What a later run
 * has changed stays.
 */
@Injectable()
export class ResourceUndo {
  constructor(
    private readonly wholes: Wholes,
    private readonly states: ResourceStates,
    private readonly steps: StepsStore,
    private readonly provisions: RunProvisions,
    private readonly waits: Waits,
  ) {}

  /** The resources of a run that are taken back so, and those that stay. */
  of(run: Run, context: RequestContext): Promise<Whole[]> {
    return this.wholes.of(run, context);
  }

  /** Undefined: nothing is left to do about it. */
  async undo(run: Run, { resource, deletion }: Whole, context: RunContext): Promise<Wait | undefined> {
    const positions = run.steps.flatMap(({ name, position }) => (isIn(resource, name) ? [position] : []));
    if (isBusy(resource)) return new Wait(() => Promise.resolve(), RECHECK_MS);
    if (resource.deleted_by !== null)
      return void (await this.steps.undoBegan(run.id, positions, resource.deleted_by));
    if (resource.changed || !deletion) return void (await this.states.keep(resource));
    return this.delete({ run, positions, resource, deletion }, context);
  }

  private delete(
    { run, positions, resource: { id }, deletion }: Deletion,
    { actor, provisionId }: RunContext,
  ): Wait {
    return new Wait(async (trx) => {
      await this.provisions.lockTeam(run, trx);
      const now = (await this.states.madeFor(run, trx)).find((each) => each.id === id);
      // another run may have begun something with it: the next attempt sees that
      if (!now || isBusy(now) || now.changed || now.deleted_by !== null) return;
      const part = await this.provisions.acceptPart(deletion, actor, trx);
      if (part === undefined) return;
      await this.steps.undoBegan(run.id, positions, part, trx);
      await this.waits.on(part, provisionId, trx);
    }, RECHECK_MS);
  }
}

interface Deletion {
  run: Run;
  /** The steps that made the resource. */
  positions: number[];
  resource: Resource;
  deletion: NewRun;
}

function isBusy({ changing, deleting }: Resource): boolean {
  return changing !== null || deleting !== null;
}
