import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import type { Schema } from '../../api/schema.ts';
import { Confirm } from '../../parts/runs/confirm.tsx';
import { words } from '../../words/en.ts';
import { addressOf } from '../../parts/runs/address.ts';
import { goesWithUndo } from './steps/operations.ts';

type Run = Schema['RunDto'];
type Act = 'cancel' | 'undo' | 'retry';

interface Props {
  run: Run;
  isAtRest: boolean;
  onDone: () => void;
}

/** What whoever is in charge of a run may do with it, each shown before it is done. */
export function RunActions({ run, isAtRest, onDone }: Props) {
  const [act, setAct] = useState<Act | undefined>();
  const can = possible(run, isAtRest);
  const send = async (): Promise<void> => {
    const params = { path: { id: run.id } };
    if (act === 'cancel') await ask(api.POST('/api/workflows/{id}/cancel', { params }));
    if (act === 'undo') await ask(api.POST('/api/workflows/{id}/undo', { params }));
    if (act === 'retry') await ask(api.POST('/api/workflows/{id}/retry', { params }));
    onDone();
  };
  return (
    <p class="row">
      {can.map((each) => (
        <button
          key={each}
          type="button"
          class={each === 'retry' ? undefined : 'quiet'}
          onClick={() => setAct(each)}
        >
          {words.run[each]}
        </button>
      ))}
      {isAtRest && run.event === null && (
        <a class="button quiet" href={`${addressOf(run.provider, run.workflow)}?from=${run.id}`}>
          {words.run.again}
        </a>
      )}
      {act !== undefined && (
        <Confirm
          title={words.run[`${act}Title`]}
          act={words.run[act]}
          onAct={send}
          onClose={() => setAct(undefined)}
        >
          <p>{words.run[`${act}Hint`]}</p>
          {act === 'undo' && <Goes run={run} />}
        </Confirm>
      )}
    </p>
  );
}

/** What the state of a run allows. */
function possible({ status, steps, undone_at: undone }: Run, isAtRest: boolean): Act[] {
  if (!isAtRest) return ['completed', 'failed', 'cancelled'].includes(status) ? [] : ['cancel'];
  const hasMade = undone === null && steps.some((step) => ['completed', 'undo_failed'].includes(step.status));
  return [...(status === 'failed' ? (['retry'] as const) : []), ...(hasMade ? (['undo'] as const) : [])];
}

function Goes({ run: { steps } }: { run: Run }) {
  const goes = goesWithUndo(steps);
  if (goes.length === 0) return <p class="empty">{words.run.undoNothing}</p>;
  return (
    <>
      <h3>{words.run.undoGoes}</h3>
      <ul class="changes" aria-label={words.run.undoGoes}>
        {goes.map(({ text, what }, index) => (
          <li key={index}>
            {text} <code>{what}</code>
          </li>
        ))}
      </ul>
    </>
  );
}
