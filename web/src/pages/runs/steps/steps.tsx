import type { Schema } from '../../../api/schema.ts';
import { Named } from '../../../parts/runs/named.tsx';
import { StepList } from '../../../parts/runs/step-list.tsx';
import { words } from '../../../words/en.ts';
import { Claim } from './claim.tsx';
import { operationsOf } from './operations.ts';

type Step = Schema['RunStepDto'];

const TAGS: Record<string, string> = {
  processing: 'tag live',
  pending: 'tag live',
  pending_action: 'tag live',
  completed: 'tag good',
  failed: 'tag bad',
  undo_failed: 'tag bad',
  undoing: 'tag live',
};

/** The steps of a run, in order: how far each is, what it did and gave. */
export function Steps({ steps }: { steps: readonly Step[] }) {
  if (steps.length === 0) return <p class="empty">{words.run.noSteps}</p>;
  return (
    <StepList
      label={words.run.steps}
      steps={steps}
      nameOf={({ name }) => name}
      isOff={({ status }) => status === 'skipped'}
    >
      {(step) => (
        <>
          <p class="step-head">
            <strong>{step.name}</strong> <code class="faint">{step.type}</code>{' '}
            <span class={TAGS[step.status] ?? 'tag'}>
              {words.runs.stepStates[step.status] ?? step.status}
            </span>
            {step.attempts > 1 && <span class="hint"> {words.run.attempts(step.attempts)}</span>}
          </p>
          {step.error !== null && <p class="wrong">{step.error}</p>}
          <Operations step={step} />
          {Object.keys(step.outputs).length > 0 && (
            <details>
              <summary>{words.run.stepOutputs}</summary>
              <Named values={step.outputs} />
            </details>
          )}
          <Claim step={step} />
          {step.undo_run_id !== null && (
            <p>
              <a href={`/ui/runs/of/${step.undo_run_id}`}>{words.run.deletes}</a>
            </p>
          )}
        </>
      )}
    </StepList>
  );
}

function Operations({ step }: { step: Step }) {
  const operations = operationsOf(step);
  if (operations.length === 0) return null;
  return (
    <ul class="changes">
      {operations.map(({ text, what, message }, index) => (
        <li key={index}>
          {text} <code>{what}</code>
          {message !== undefined && <div class="hint">{message}</div>}
        </li>
      ))}
    </ul>
  );
}
