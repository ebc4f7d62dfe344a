import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { authorised } from '../../auth/system-actor.js';
import type { Executor, ProvisionRow } from '../../database/schema.js';
import { ProvisionScope } from '../../kinds/access/provision-scope.js';
import type { RunContext } from '../../provisioning/kinds/kind.js';
import { Kinds } from '../../provisioning/kinds/kinds.js';
import { ProvisionActions } from '../../provisioning/records/provision-actions.js';
import { type CheckedRequest, Provisions } from '../../provisioning/records/provisions.js';
import { Waits } from '../../provisioning/records/waits.js';
import type { OrderPlan } from '../records/order-plans.store.js';
import type { ItemRow } from '../records/plan-items.store.js';

/** The provisions that carry out the items of an order plan, and those that undo them. */
@Injectable()
export class Parts {
  constructor(
    private readonly provisions: Provisions,
    private readonly actions: ProvisionActions,
    private readonly waits: Waits,
    private readonly kinds: Kinds,
    private readonly scope: ProvisionScope,
  ) {}

  readonly canUndo = (kind: string): boolean => this.kinds.find(kind)?.undo !== undefined;

  readonly isPartial = (kind: string): boolean => this.kinds.isPartial(kind);

  /** Checks an item as its kind does: what it needs may exist only now. Throws a problem if it cannot be carried out. */
  async check(plan: OrderPlan, item: ItemRow, context: RunContext): Promise<CheckedRequest> {
    const { kind, input } = item;
    const checked = await this.provisions.check(
      {
        ...{ kind, input, origin: 'plan' as const, correlationId: context.correlationId },
        ...{ parentId: context.provisionId, metadata: { plan_id: plan.id, item: item.position } },
      },
      authorised(context.actor),
    );
    if (plan.limited) await this.scope.requireInput(kind, checked.input, limited(context.actor));
    return checked;
  }

  /** Records the provision of an item, or joins an equal one that is on its way. The plan goes on when it has ended. */
  async begin(
    request: CheckedRequest,
    { actor, provisionId }: RunContext,
    trx: Executor,
  ): Promise<{ provision_id: string; joined: boolean }> {
    const equal = await this.waits.equalTo(request, trx);
    const { id } = equal ?? (await this.provisions.accept(request, actor, trx));
    await this.waits.on(id, provisionId, trx);
    return { provision_id: id, joined: equal !== undefined };
  }

  /** Cancels a provision that has not begun. */
  async cancel(id: string, { actor }: Pick<RunContext, 'actor'>, trx: Executor): Promise<void> {
    await this.actions.cancelIn(id, actor, trx);
  }

  /** The provision of an item, and the one that undoes it already, or has. */
  async made(provisionId: string): Promise<{ row: ProvisionRow; undo: string | undefined }> {
    const row = await this.provisions.require(provisionId);
    return { row, undo: (await this.actions.undoOf(row.id))?.id };
  }

  /** Records the provision that undoes an item. The undo of the plan goes on when it has ended. */
  async undo(made: ProvisionRow, { actor, provisionId }: RunContext, trx: Executor): Promise<string> {
    return (await this.actions.undoIn(made, 'plan', actor, trx, provisionId)).id;
  }

  /** The undo of the plan goes on when one has ended that somebody else asked for. */
  async waitFor(undoId: string, { provisionId }: RunContext, trx: Executor): Promise<void> {
    await this.waits.on(undoId, provisionId, trx);
  }

  /** Lets the plan go on if what it waits for has ended meanwhile. */
  goOn({ provisionId }: RunContext, trx: Executor): Promise<void> {
    return this.waits.goOnIfAlone(provisionId, trx);
  }
}

function limited(context: RequestContext): RequestContext {
  return { ...context, caller: { ...context.caller, admin: false } };
}
