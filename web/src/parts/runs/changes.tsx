import type { Schema } from '../../api/schema.ts';
import { words } from '../../words/en.ts';
import { valueText } from './value-text.ts';

type Change = Schema['PlannedChangeDto'];

/** What a step would change: what is done to what, and its values before and after. */
export function Changes({ changes }: { changes: readonly Change[] }) {
  if (changes.length === 0) return <p class="faint">{words.runPlan.noChange}</p>;
  return (
    <ul class="changes">
      {changes.map((change, index) => (
        <li key={index}>
          {change.change === 'assert' ? <Assertion change={change} /> : <OneChange change={change} />}
        </li>
      ))}
    </ul>
  );
}

function OneChange({ change: { change, target, before, after } }: { change: Change }) {
  return (
    <>
      <span class={markOf(before, after)}>{sentence(change)}</span> <code>{target}</code>
      <Values title={words.runPlan.before} values={before} />
      <Values title={words.runPlan.after} values={after} />
    </>
  );
}

/** What must hold for the run to go on. */
function Assertion({ change: { target, after } }: { change: Change }) {
  const holds = after?.['result'] === 'holds';
  return (
    <>
      <code>{target}</code>{' '}
      <span class={holds ? 'tag good' : 'tag bad'}>{holds ? words.runPlan.holds : words.runPlan.fails}</span>
    </>
  );
}

function markOf(before: Change['before'], after: Change['after']): string {
  if (before === null) return 'mark good';
  return after === null ? 'mark bad' : 'mark warn';
}

/** `create_bucket` as people read it. */
export function sentence(name: string): string {
  const text = name.replaceAll('_', ' ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function Values({ title, values }: { title: string; values: Change['before'] }) {
  const entries = Object.entries(values ?? {}).filter(([, value]) => value !== null);
  const short = entries.filter(([, value]) => !isLong(value));
  return (
    <>
      {short.length > 0 && (
        <div class="hint">
          {title}: {short.map(([name, value]) => `${called(name)} ${valueText(value)}`).join(', ')}
        </div>
      )}
      {entries
        .filter(([, value]) => isLong(value))
        .map(([name, value]) => (
          <details key={name} class="hint">
            <summary>
              {title}: {called(name)}
            </summary>
            <pre tabIndex={0}>{typeof value === 'string' ? value : JSON.stringify(value, null, 2)}</pre>
          </details>
        ))}
    </>
  );
}

const called = (name: string): string => sentence(name).toLowerCase();

/** Whether a value, such as a policy, would hide the others. */
function isLong(value: unknown): boolean {
  return valueText(value).length > 120;
}
