import { Fragment } from 'preact';
import { words } from '../../words/en.ts';
import { valueText } from './value-text.ts';

/** Values by their names. */
export function Named({ values }: { values: Readonly<Record<string, unknown>> }) {
  const entries = Object.entries(values);
  if (entries.length === 0) return <p class="faint">{words.none}</p>;
  return (
    <dl>
      {entries.map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>
            <code>{valueText(value)}</code>
          </dd>
        </Fragment>
      ))}
    </dl>
  );
}
