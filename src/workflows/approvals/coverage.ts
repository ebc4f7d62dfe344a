import { digestOf, isSame } from '../../common/canonical.js';
import { NOT_KNOWN, type PlannedStep } from '../plan/step-plans.js';

/** How a step is another one than was approved. */
export interface StepDifference {
  step: string;
  approved: Pick<PlannedStep, 'input' | 'changes'> | null;
  now: Pick<PlannedStep, 'input' | 'changes'>;
}

/** SHA-256 of a plan, in hex: whoever approves names it, and so what was seen. */
export function digestOfPlan(
  run: { id: string; version: { digest: string } },
  plan: readonly PlannedStep[],
): string {
  return digestOf([run.id, run.version.digest, plan]);
}

/**
 * How a step differs from what was approved; undefined: it is covered. Values that were not known yet may be any. A change that is no longer
 * needed is no difference, and neither is what the run itself made of a target before.
 */
export function differenceOf(approved: readonly PlannedStep[], now: PlannedStep): StepDifference | undefined {
  const at = approved.findIndex(({ step }) => step === now.step);
  const seen = approved[at];
  const show = ({ input, changes }: PlannedStep) => ({ input, changes });
  if (!seen) return { step: now.step, approved: null, now: show(now) };
  const earlier = new Set(
    approved.slice(0, at).flatMap(({ changes }) => (changes ?? []).map(({ target }) => target)),
  );
  const isCovered =
    agrees(seen.input, now.input) &&
    (seen.changes === null || (now.changes ?? []).every((change) => isAmong(seen, change, earlier)));
  return isCovered ? undefined : { step: now.step, approved: show(seen), now: show(now) };
}

type Change = NonNullable<PlannedStep['changes']>[number];

function isAmong({ changes }: PlannedStep, now: Change, earlier: ReadonlySet<string>): boolean {
  return (changes ?? []).some(
    (seen) =>
      seen.change === now.change &&
      seen.target === now.target &&
      isSame(seen.after, now.after) &&
      (isSame(seen.before, now.before) || earlier.has(now.target)),
  );
}

/** Whether a value is the one that was shown, as far as it was known. */
function agrees(shown: unknown, now: unknown): boolean {
  if (typeof shown === 'string' && shown.includes(NOT_KNOWN)) return true;
  if (typeof shown !== 'object' || shown === null || typeof now !== 'object' || now === null)
    return isSame(shown, now);
  const [a, b] = [Object.entries(shown), new Map(Object.entries(now))];
  return (
    Array.isArray(shown) === Array.isArray(now) &&
    a.length === b.size &&
    a.every(([key, value]) => b.has(key) && agrees(value, b.get(key)))
  );
}
