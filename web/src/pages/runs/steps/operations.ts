import type { Schema } from '../../../api/schema.ts';
import { valueText } from '../../../parts/runs/value-text.ts';
import { words } from '../../../words/en.ts';

type Step = Pick<Schema['RunStepDto'], 'status' | 'operations'>;

/** What a step did, for people. */
export interface Shown {
  /** Such as "made bucket". */
  text: string;
  /** Its name. */
  what: string;
  message: string | undefined;
}

export function operationsOf({ operations }: Pick<Step, 'operations'>): Shown[] {
  return operations.map((operation) => {
    const { entitlement, action, status, message } = operation as Record<string, unknown>;
    const { kind, what, detail } = thingOf(entitlement);
    const texts = [detail, typeof message === 'string' ? message : undefined].filter(
      (text) => text !== undefined,
    );
    return {
      text: `${didOf(action, status)} ${kind}`,
      what,
      message: texts.length > 0 ? texts.join('. ') : undefined,
    };
  });
}

function didOf(action: unknown, status: unknown): string {
  if (status === 'unchanged') return words.run.unchanged;
  if (status === 'skipped') return words.run.skipped;
  return words.run.did[String(action)] ?? String(action);
}

/** What an undo of the run would take back: what its steps newly made, the last one first. */
export function goesWithUndo(steps: readonly Step[]): Shown[] {
  const made = steps.filter(({ status }) => ['completed', 'undo_failed'].includes(status));
  return made.toReversed().flatMap(({ operations }) =>
    operationsOf({ operations: operations.filter(isNew) }).map((shown) => ({
      ...shown,
      message: undefined,
    })),
  );
}

function isNew(operation: object): boolean {
  const { action, status } = operation as Record<string, unknown>;
  return status === 'done' && (action === 'create' || action === 'grant');
}

/** `{type: "bucket", id: "lab-data"}` is the bucket `lab-data`. */
function thingOf(entitlement: unknown): { kind: string; what: string; detail: string | undefined } {
  const { type, id, path, setting, before, after, ...more } = (entitlement ?? {}) as Record<string, unknown>;
  const rest = Object.entries(more).filter(([, value]) =>
    ['string', 'number', 'boolean'].includes(typeof value),
  );
  const names = [id, path].filter((each) => typeof each === 'string');
  const others = rest.map(([name, value]) => `${plain(name)} ${String(value)}`);
  const change = [before, after].map((value) =>
    value === undefined || value === null ? words.none : valueText(value),
  );
  const detail = typeof setting === 'string' ? `${plain(setting)}: ${change.join(' → ')}` : undefined;
  return {
    kind: plain(typeof type === 'string' ? type : ''),
    what: [...names, ...others].join(', '),
    detail,
  };
}

const plain = (name: string): string => name.replaceAll('_', ' ');
