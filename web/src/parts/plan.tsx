import type { Schema } from '../api/schema.ts';
import { words } from '../words/en.ts';

type Change = Schema['PlannedChangeDto'];

/** A longer value, such as a policy's document, is folded; in characters. */
const SHORT = 120;

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
  const isShort = (value: unknown): boolean => text(value).length <= SHORT;
  const short = entries.filter(([, value]) => isShort(value));
  return (
    <div class="hint">
      {short.length > 0 && (
        <>
          {title}: {short.map(([name, value]) => `${name} ${text(value)}`).join(', ')}
        </>
      )}
      {entries
        .filter(([, value]) => !isShort(value))
        .map(([name, value]) => (
          <details key={name}>
            <summary>
              {title}: {name}
            </summary>
            <pre tabIndex={0} aria-label={`${title}: ${name}`}>
              {typeof value === 'string' ? value : JSON.stringify(value, null, 2)}
            </pre>
          </details>
        ))}
    </div>
  );
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
