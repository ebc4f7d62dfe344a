import { type ComponentChildren } from 'preact';
import type { Loaded } from '../api/use-loaded.ts';
import { words } from '../words/en.ts';
import { Problem } from './problem.tsx';

/** What was loaded, or how far it has come. An older value stays while it is loaded again. */
export function Loading<T>({
  from,
  children,
}: {
  from: Loaded<T>;
  children: (value: T) => ComponentChildren;
}) {
  if (from.value !== undefined)
    return (
      <div aria-busy={from.isLoading} class={from.isLoading ? 'stale' : undefined}>
        {children(from.value)}
      </div>
    );
  if (from.refusal) return <Problem error={from.refusal} retry={from.reload} />;
  return (
    <p class="faint" role="status">
      {words.loading}
    </p>
  );
}
