import { formatRelative, formatTime } from '../words/format.ts';
import { words } from '../words/en.ts';

/** A moment: how long until then or since then, and the moment itself. Null is never. */
export function Time({ at }: { at: string | null | undefined }) {
  if (!at) return <span class="faint">{words.never}</span>;
  return (
    <time dateTime={at} title={formatTime(at)}>
      {formatRelative(at, Date.now())} <span class="faint">({formatTime(at)})</span>
    </time>
  );
}
