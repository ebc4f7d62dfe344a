import type { Schema } from '../../api/schema.ts';
import { formatTime } from '../../words/format.ts';
import { words } from '../../words/en.ts';

interface Props {
  lines: readonly Schema['RunLogLineDto'][];
  isAtRest: boolean;
}

/** What happened in a run, the earliest first. New lines are read out. */
export function Happened({ lines, isAtRest }: Props) {
  return (
    <section>
      <h2>{words.run.happened}</h2>
      <div class="log" role="log" aria-label={words.run.happened} tabIndex={0}>
        <ol>
          {lines.map(({ at, text }, index) => (
            <li key={index}>
              <time dateTime={at} title={formatTime(at)}>
                {clock.format(new Date(at))}
              </time>{' '}
              {text}
            </li>
          ))}
        </ol>
      </div>
      {lines.length === 0 && <p class="faint">{words.run.nothingYet}</p>}
      {!isAtRest && (
        <p class="hint live-hint">
          <span class="dot" aria-hidden="true" /> {words.run.live}
        </p>
      )}
    </section>
  );
}

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
