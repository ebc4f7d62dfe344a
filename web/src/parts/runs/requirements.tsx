import type { Schema } from '../../api/schema.ts';
import { words } from '../../words/en.ts';

type Requirement = Schema['RequirementDto'] & Partial<Schema['OpenRequirementDto']>;

/** Who must approve, how many of them, and why. */
export function Requirements({ team, requirements }: { team: string; requirements: readonly Requirement[] }) {
  const { runPlan } = words;
  if (requirements.length === 0) return <p>{runPlan.noApproval}</p>;
  return (
    <ul class="plain-list">
      {requirements.map(({ rule, from, count, message, missing, approvers = [] }) => (
        <li key={rule}>
          <strong>
            {count === 1 ? runPlan.one : runPlan.count(count)}{' '}
            {from === null ? runPlan.owners(team) : runPlan.members(from)}
          </strong>
          {missing !== undefined && missing > 0 && missing < count && `; ${runPlan.missing(missing)}`}
          {message && <div>{message}</div>}
          <div class="hint">
            {rule}
            {approvers.length > 0 && `. ${runPlan.whoever(approvers.join(', '))}`}
          </div>
        </li>
      ))}
    </ul>
  );
}
