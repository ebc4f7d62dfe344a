import { type ComponentChildren } from 'preact';
import { words } from '../../words/en.ts';

interface Props<T> {
  label: string;
  steps: readonly T[];
  nameOf: (step: T) => string;
  /** Whether a step is left out: those that follow each other are folded. */
  isOff: (step: T) => boolean;
  children: (step: T) => ComponentChildren;
}

/** Steps with their numbers. */
export function StepList<T>({ label, steps, nameOf, isOff, children }: Props<T>) {
  return (
    <ol class="steps" aria-label={label}>
      {runsOf(steps, isOff).map(({ from, of }) => {
        const [first] = of;
        if (first === undefined) return null;
        if (!isOff(first))
          return (
            <li key={nameOf(first)}>
              <span class="step-number" aria-hidden="true">
                {from + 1}
              </span>
              {children(first)}
            </li>
          );
        return (
          <li key={nameOf(first)} class="off">
            <details>
              <summary>{words.runPlan.leftOut(of.length)}</summary>
              <p class="hint">{of.map(nameOf).join(', ')}</p>
            </details>
          </li>
        );
      })}
    </ol>
  );
}

/** Each step that is not left out alone, and those that are with their neighbors. */
export function runsOf<T>(steps: readonly T[], isOff: (step: T) => boolean): { from: number; of: T[] }[] {
  const runs: { from: number; of: T[] }[] = [];
  for (const [from, step] of steps.entries()) {
    const last = runs.at(-1);
    const before = last?.of[0];
    if (last && before !== undefined && isOff(before) && isOff(step)) last.of.push(step);
    else runs.push({ from, of: [step] });
  }
  return runs;
}
