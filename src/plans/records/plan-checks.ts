import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { type FieldError, Problem } from '../../common/problems/problem.js';
import { ProvisionScope } from '../../kinds/access/provision-scope.js';
import { Callbacks } from '../../notifications/callbacks/callbacks.js';
import { AS_NOW, type ExpectedThings, type LeftThing } from '../../provisioning/kinds/expected-things.js';
import type { AskContext, ShownChange } from '../../provisioning/kinds/kind.js';
import { Kinds } from '../../provisioning/kinds/kinds.js';
import { TakenTogether } from '../../provisioning/kinds/taken-together.js';
import { Provisions, requireLeft, requireText } from '../../provisioning/records/provisions.js';
import type { PlanItemRequest, PlanRequest } from './plan-request.js';
import type { NewItem } from './plan-items.store.js';

/** So many broken rules are told at most. */
const MAX_ERRORS = 100;

/** What one item would do. */
export interface PlannedItem extends Omit<NewItem, 'input'> {
  /** Null: that shows only when its stage begins, or it fails. */
  changes: ShownChange[] | null;
  /** It would fail. */
  fails: boolean;
  /** Why there are no changes. */
  reason: string | null;
}

/** An item that may be recorded, and what it leaves for later stages. */
interface Checked extends NewItem {
  left: LeftThing[];
}

/** Checks the request for an order plan, all of it, before anything is recorded. */
@Injectable()
export class PlanChecks {
  constructor(
    private readonly provisions: Provisions,
    private readonly kinds: Kinds,
    private readonly scope: ProvisionScope,
    private readonly callbacks: Callbacks,
  ) {}

  /** The items with their inputs as they were read. Throws 422 with every broken rule of every item. */
  async check(request: PlanRequest, context: RequestContext): Promise<NewItem[]> {
    return (await this.checked(request, context)).map(({ left: _, ...item }) => item);
  }

  private async checked({ callback, items }: PlanRequest, context: RequestContext): Promise<Checked[]> {
    const found = new Map<number, FieldError[]>();
    const collect = (error: unknown, index?: number): void => {
      if (!(error instanceof Problem) || error.status >= 500 || error.status === 403) throw error;
      found.set(index ?? -1, fieldsOf(error, index));
    };
    if (typeof callback === 'string')
      try {
        this.callbacks.requireAllowed(callback, 'callback');
      } catch (error) {
        collect(error);
      }
    const checked = new Map<number, Checked>();
    const together = new TakenTogether();
    // in the order in which they begin, so that what the stages before make is known
    for (const [index, item] of [...items.entries()].sort(([, a], [, b]) => a.stage - b.stage))
      try {
        const expected = expectedIn(item.stage, checked.values());
        const taken = together.at(item.stage);
        checked.set(index, await this.checkItem(item, index, { ...context, expected, taken }));
      } catch (error) {
        collect(error, index);
      }
    const errors = [...found].sort(([a], [b]) => a - b).flatMap(([, each]) => each);
    const [first] = errors;
    if (first)
      throw new Problem('unprocessable', `${first.field}: ${first.rule}`, {
        errors: errors.slice(0, MAX_ERRORS),
      });
    return items.flatMap((_, index) => checked.get(index) ?? []);
  }

  /** What each item would do now. Nothing is recorded or changed. Throws what the request would throw. */
  async plan(request: PlanRequest, context: RequestContext): Promise<PlannedItem[]> {
    const items = await this.checked(request, context);
    const planned: PlannedItem[] = [];
    for (const { kind, input, stage, hard } of items) {
      const shown = { kind, stage, hard };
      const expected = expectedIn(stage, items);
      try {
        const request = { kind, input, origin: 'plan' as const };
        const changes = await this.provisions.plan(request, { ...context, expected });
        planned.push({ ...shown, changes, fails: false, reason: null });
      } catch (error) {
        if (!(error instanceof Problem) || error.status >= 500) throw error;
        const fails = !expected.solves(error);
        const reason = fails ? error.message : `An earlier stage makes what it needs. Now: ${error.message}`;
        planned.push({ ...shown, changes: null, fails, reason });
      }
    }
    return planned;
  }

  private async checkItem(
    { kind, input, stage, hard }: PlanItemRequest,
    index: number,
    context: AskContext & { expected: ExpectedThings },
  ): Promise<Checked> {
    this.scope.requireKind(kind, context, `items.${index}.kind`);
    this.kinds.requireRequestable(kind);
    requireText({ input });
    const read = await this.provisions.read({ kind, input });
    await this.scope.requireInput(kind, read.input, context);
    try {
      await read.kind.validate?.(read.input, context);
    } catch (error) {
      // it is checked again when its stage begins
      if (!context.expected.solves(error)) throw error;
    }
    requireLeft(read.kind, read.input, context);
    const left = await this.kinds.leftBy(kind, read.input, context);
    return { kind, input: read.input, stage, hard, left };
  }
}

/** What items of the stages before leave. */
function expectedIn(stage: number, items: Iterable<Checked>): ExpectedThings {
  const before = [...items].filter((each) => each.stage < stage).sort((a, b) => a.stage - b.stage);
  return AS_NOW.with(before.flatMap(({ left }) => left));
}

/** The broken rules with their places in the request. */
function fieldsOf(error: Problem, index: number | undefined): FieldError[] {
  const errors = (error.extra.errors ?? []).map((each) =>
    'field' in each
      ? each
      : { field: 'score', rule: `${each.file}:${each.line}:${each.column}: ${each.message}` },
  );
  if (index === undefined) return errors;
  const prefix = `items.${index}`;
  if (errors.length === 0) return [{ field: `${prefix}.input`, rule: error.message }];
  return errors.map(({ field, rule }) => ({
    rule,
    field: /^(kind|input(\..*)?)$/.test(field) ? `${prefix}.${field}` : `${prefix}.input.${field}`,
  }));
}
