import { Injectable } from '@nestjs/common';
import { authorised } from '../../auth/system-actor.js';
import { digestOf } from '../../common/canonical.js';
import { Problem } from '../../common/problems/problem.js';
import type { JsonObject } from '../../documents/model.js';
import { STEP_TYPES } from '../../documents/step-types/catalogue.js';
import type { Executor, ProvisionRow } from '../../database/schema.js';
import type { RunContext } from '../../provisioning/kinds/kind.js';
import { Kinds } from '../../provisioning/kinds/kinds.js';
import { ProvisionActions } from '../../provisioning/records/provision-actions.js';
import { type CheckedRequest, Provisions } from '../../provisioning/records/provisions.js';
import type { Passed } from '../approvals/gate.js';
import type { Run } from '../runs/runs.store.js';

/** The provisions that carry out the steps of a run, and those that undo them. */
@Injectable()
export class Parts {
  constructor(
    private readonly provisions: Provisions,
    private readonly actions: ProvisionActions,
    private readonly kinds: Kinds,
  ) {}

  readonly canUndo = (type: string): boolean => {
    const kind = STEP_TYPES.get(type)?.kind;
    return kind !== undefined && this.kinds.find(kind)?.undo !== undefined;
  };

  /** Checks the input of a step as its kind does. The step acts with the authority of the provider, whoever asked for the run. */
  async check(
    run: Run,
    position: number,
    { input, planned }: { input: JsonObject } & Passed,
    context: RunContext,
  ): Promise<CheckedRequest> {
    const step = run.steps[position];
    const kind = STEP_TYPES.get(step?.type ?? '')?.kind;
    if (!step || kind === undefined || !this.kinds.find(kind))
      throw new Problem('not_possible', `This service cannot carry out steps of the type ${step?.type}`);
    const request = {
      ...{ kind, input, origin: 'workflow' as const, correlationId: context.correlationId },
      ...{ parentId: context.provisionId, wakes: context.provisionId },
      metadata: {
        ...{ run_id: run.id, step: step.name, team: run.team },
        ...(planned && this.kinds.isBound(kind) && { planned: planned.map(digestOf) }),
      },
    };
    const seconds = run.snapshot.steps[position]?.timeoutSeconds;
    const limited = seconds === undefined ? request : { ...request, timeLimitMs: seconds * 1000 };
    return this.provisions.check(limited, authorised(context.actor));
  }

  /** Records the provision of a step, which wakes the run when it has ended. */
  accept(request: CheckedRequest, { actor }: RunContext, trx: Executor): Promise<ProvisionRow> {
    return this.provisions.accept(request, actor, trx);
  }

  /** The provision that carried out a step. */
  madeBy(run: Run, position: number): Promise<ProvisionRow> {
    return this.provisions.require(run.steps[position]?.provision_id ?? '');
  }

  /** The provision that undoes a step already, or has. */
  undoOf({ id }: ProvisionRow): Promise<{ id: string } | undefined> {
    return this.actions.undoOf(id);
  }

  /** Records the provision that undoes a step, and wakes what it is a part of when it has ended. */
  undo(made: ProvisionRow, context: RunContext, trx: Executor): Promise<ProvisionRow> {
    return this.actions.undoIn(made, 'workflow', context.actor, trx, context.provisionId);
  }
}
