import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { Problem } from '../../common/problems/problem.js';
import { Offers } from '../plan/offers.js';
import { Deletions } from '../resources/deletions.js';
import { ResourceStates } from '../resources/resource-states.js';
import type { Resource } from '../resources/resources.store.js';
import type { NewRun, Run } from '../runs/runs.store.js';
import type { StepRow } from '../runs/steps.store.js';

/** A resource that is not taken back step by step. */
export interface Whole {
  resource: Resource;
  /** The run that deletes it; undefined: it stays. */
  deletion: NewRun | undefined;
}

/** Which resources of a run are taken back as wholes. */
@Injectable()
export class Wholes {
  constructor(
    private readonly states: ResourceStates,
    private readonly deletions: Deletions,
    private readonly offers: Offers,
  ) {}

  /**
   * What a Score file asked for, and the run has wholly made, if its type has a delete workflow; and what stays. Where a workflow found
   * something that was there already, its steps know better what is the run's.
   */
  async of(run: Run, context: RequestContext): Promise<Whole[]> {
    if (!run.snapshot.resources?.some(({ operation }) => operation === 'create')) return [];
    const wholes: Whole[] = [];
    for (const resource of await this.states.madeFor(run)) {
      const steps = run.steps.filter(({ name }) => isIn(resource, name));
      const isMade = resource.kept_for === null && isWhollyMade(steps);
      const deletion = isMade ? await this.deletionOf(run, resource, context) : undefined;
      if (deletion || resource.kept_for !== null) wholes.push({ resource, deletion });
    }
    return wholes;
  }

  private async deletionOf(
    run: Run,
    resource: Resource,
    context: RequestContext,
  ): Promise<NewRun | undefined> {
    try {
      const request = await this.deletions.requestFor(this.states.asMade(run, resource), context);
      return request && { ...(await this.offers.runOf(request, context)), bound: run.bound };
    } catch (error) {
      // its provider is gone, or its workflow asks for what the run does not tell
      if (error instanceof Problem && error.status < 500) return undefined;
      throw error;
    }
  }
}

/** Whether a step is one of those that make a resource of a Score file. */
export function isIn({ frame }: Pick<Resource, 'frame'>, step: string): boolean {
  return step.startsWith(`${frame}/`);
}

function isWhollyMade(steps: readonly StepRow[]): boolean {
  const isDone = ({ status, skipped, undo_id }: StepRow): boolean =>
    undo_id === null && (status === 'completed' || skipped === 'condition');
  return steps.every((step) => isDone(step) && !hasFound(step));
}

/** Whether something that the step makes was there before. */
function hasFound({ result }: StepRow): boolean {
  return (result?.operations ?? []).some(
    ({ action, status }) => (action === 'create' || action === 'grant') && status === 'unchanged',
  );
}
