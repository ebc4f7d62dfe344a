import type { Schema } from '../../api/schema.ts';
import { words } from '../../words/en.ts';
import { Changes } from './changes.tsx';
import { Named } from './named.tsx';
import { StepList } from './step-list.tsx';

type Step = Schema['PlannedStepDto'];

interface Props {
  steps: readonly Step[];
  /** The names of steps that only a worker can plan. */
  byWorker?: readonly string[];
}

/** The steps of a plan, in order, each with what it would change. */
export function PlannedSteps({ steps, byWorker = [] }: Props) {
  if (steps.length === 0) return <p class="empty">{words.runPlan.none}</p>;
  return (
    <StepList
      label={words.runPlan.steps}
      steps={steps}
      nameOf={({ step }) => step}
      isOff={({ state }) => state === 'skipped'}
    >
      {(step) => (
        <>
          <p class="step-head">
            <strong>{step.step}</strong> <code class="faint">{step.type}</code>
          </p>
          <What step={step} isByWorker={byWorker.includes(step.step)} />
          {Object.keys(step.input).length > 0 && (
            <details>
              <summary>{words.runPlan.input}</summary>
              <Named values={step.input} />
            </details>
          )}
        </>
      )}
    </StepList>
  );
}

function What({ step: { state, changes }, isByWorker }: { step: Step; isByWorker: boolean }) {
  const { runPlan } = words;
  if (isByWorker) return <p class="faint">{runPlan.byWorker}</p>;
  if (changes !== null) return <Changes changes={changes} />;
  return <p class="faint">{state === 'unknown' ? runPlan.unknown : runPlan.later}</p>;
}
