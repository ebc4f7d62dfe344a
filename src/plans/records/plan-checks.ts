import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { type FieldError, Problem } from '../../common/problems/problem.js';
import { ProvisionScope } from '../../kinds/access/provision-scope.js';
import { Callbacks } from '../../notifications/callbacks/callbacks.js';
import type { ShownChange } from '../../provisioning/kinds/kind.js';
import { Kinds } from '../../provisioning/kinds/kinds.js';
import { Provisions, requireText } from '../../provisioning/records/provisions.js';
import type { PlanItemRequest, PlanRequest } from './plan-request.js';
import type { NewItem } from './plan-items.store.js';

/** So many broken rules are told at most. */
const MAX_ERRORS = 100;

/** What one item would do. */
export interface PlannedItem extends Omit<NewItem, 'input'> {
  /** Null: that shows only when its stage begins, or its kind has no dry run. */
  changes: ShownChange[] | null;
  /** Why there are none. */
  reason: string | null;
}

interface Checked extends NewItem {
  subject: string;
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
  async check({ callback, items }: PlanRequest, context: RequestContext): Promise<NewItem[]> {
    const errors: FieldError[] = [];
    const collect = (error: unknown, index?: number): void => {
      if (!(error instanceof Problem) || error.status >= 500 || error.status === 403) throw error;
      errors.push(...fieldsOf(error, index));
    };
    if (typeof callback === 'string')
      try {
        this.callbacks.requireAllowed(callback, 'callback');
      } catch (error) {
        collect(error);
      }
    const checked: Checked[] = [];
    for (const [index, item] of items.entries())
      try {
        checked.push(await this.checkItem(item, index, checked, context));
      } catch (error) {
        collect(error, index);
      }
    const [first] = errors;
    if (first)
      throw new Problem('unprocessable', `${first.field}: ${first.rule}`, {
        errors: errors.slice(0, MAX_ERRORS),
      });
    return checked.map(({ subject: _, ...item }) => item);
  }

  /** What each item would do now. Nothing is recorded or changed. Throws what the request would throw. */
  async plan(request: PlanRequest, context: RequestContext): Promise<PlannedItem[]> {
    const items = await this.check(request, context);
    const planned: PlannedItem[] = [];
    for (const { kind, input, stage, hard } of items) {
      const shown = { kind, stage, hard };
      try {
        const changes = await this.provisions.plan({ kind, input, origin: 'plan' }, context);
        planned.push({ ...shown, changes, reason: null });
      } catch (error) {
        if (!(error instanceof Problem) || error.status >= 500) throw error;
        planned.push({ ...shown, changes: null, reason: error.message });
      }
    }
    return planned;
  }

  private async checkItem(
    { kind, input, stage, hard }: PlanItemRequest,
    index: number,
    before: readonly Checked[],
    context: RequestContext,
  ): Promise<Checked> {
    this.scope.requireKind(kind, context, `items.${index}.kind`);
    this.kinds.refuseSteps(kind);
    requireText({ input });
    const read = await this.provisions.read({ kind, input });
    await this.scope.requireInput(kind, read.input, context);
    const item = { kind, input: read.input, stage, hard, subject: read.kind.subjectOf(read.input) };
    try {
      await read.kind.validate(read.input, context);
    } catch (error) {
      // an item of an earlier stage may make what it needs: it is checked again when its stage begins
      const isMade = before.some((each) => each.stage < stage && each.subject === item.subject);
      if (!isMade || !(error instanceof Problem) || error.code !== 'not_found') throw error;
    }
    return item;
  }
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
