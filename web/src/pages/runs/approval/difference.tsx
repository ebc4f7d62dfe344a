import type { Schema } from '../../../api/schema.ts';
import { Changes } from '../../../parts/runs/changes.tsx';
import { Named } from '../../../parts/runs/named.tsx';
import { words } from '../../../words/en.ts';

/** Why people are asked again: the step as it was approved, and as it is now. */
export function Difference({
  difference: { step, approved, now },
}: {
  difference: Schema['StepDifferenceDto'];
}) {
  return (
    <div class="card">
      <p>{words.approvals.difference(step)}</p>
      <div class="cards">
        {approved && <Shown title={words.approvals.approved} step={approved} />}
        <Shown title={words.approvals.now} step={now} />
      </div>
    </div>
  );
}

function Shown({ title, step: { input, changes } }: { title: string; step: Schema['ShownStepDto'] }) {
  return (
    <div>
      <h3>{title}</h3>
      <Named values={input} />
      {changes && <Changes changes={changes} />}
    </div>
  );
}
