import type { Schema } from '../api/schema.ts';
import { words } from '../words/en.ts';

type Change = Schema['PlannedChangeDto'];

/** What a change would do, before it is made. */
export function Plan({ changes }: { changes: readonly Change[] }) {
  if (changes.length === 0) return <p class="empty">{words.plan.nothing}</p>;
  return (
    <ul class="plan" aria-label={words.plan.title}>
      {changes.map((change) => (
        <li key={`${change.change} ${change.target}`}>
          <strong>{words.plan.changes[change.change] ?? change.change}</strong> {change.target}
          <Values title={words.plan.before} values={change.before} />
          <Values title={words.plan.after} values={change.after} />
        </li>
      ))}
    </ul>
  );
}

function Values({ title, values }: { title: string; values: Change['before'] }) {
  const entries = Object.entries(values ?? {}).filter(([, value]) => value !== null);
  if (entries.length === 0) return null;
  return (
    <div class="hint">
      {title}: {entries.map(([name, value]) => `${name} ${text(value)}`).join(', ')}
    </div>
  );
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
