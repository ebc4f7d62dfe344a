import type { Schema } from '../../../api/schema.ts';
import { Time } from '../../../parts/time.tsx';
import { words } from '../../../words/en.ts';

/** What people said. */
export function Decisions({ decisions }: { decisions: readonly Schema['DecisionDto'][] }) {
  if (decisions.length === 0) return null;
  return (
    <ul class="plain-list">
      {decisions.map(({ decided_by, decision, comment, decided_at }) => (
        <li key={`${decided_by} ${decided_at}`}>
          {decided_by} <strong>{words.approvals.decisions[decision]}</strong>, <Time at={decided_at} />
          {comment !== null && <div class="hint">{comment}</div>}
        </li>
      ))}
    </ul>
  );
}
