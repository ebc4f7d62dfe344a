import type { Schema } from '../../api/schema.ts';
import { Coded } from '../../parts/coded.tsx';
import { words } from '../../words/en.ts';
import { failureOf } from './failure.ts';

/** Whether the last load of a provider succeeded, and why not. */
export function ProviderState({ provider: { status, error, digest } }: { provider: Schema['ProviderDto'] }) {
  return (
    <>
      <span class={status === 'ready' ? 'tag good' : 'tag bad'}>{words.providers.states[status]}</span>
      {error && (
        <div class="hint">
          <Coded text={failureOf(error.message, digest)} />
        </div>
      )}
    </>
  );
}
