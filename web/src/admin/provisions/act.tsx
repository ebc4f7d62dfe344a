import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import { planOf } from '../../api/plan-of.ts';
import type { Schema } from '../../api/schema.ts';
import { useAction } from '../../api/use-action.ts';
import { useLoaded } from '../../api/use-loaded.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Plan } from '../../parts/plan.tsx';
import { Problem } from '../../parts/problem.tsx';
import { words } from '../../words/en.ts';
import type { Act } from './acts.ts';

type Provision = Schema['ProvisionDto'];

interface Props {
  provision: Provision;
  act: Act;
  /** Gets what the service answered: another provision where one was made. */
  onDone: (provision: Provision) => void;
  onClose: () => void;
}

/** Does something with a provision, after telling what that is. */
export function ActDialog({ provision, act, onDone, onClose }: Props) {
  const [reason, setReason] = useState('');
  const { provisions } = words;
  const params = { path: { id: provision.id } };
  const run = useAction(async () => {
    onDone(await send());
  });
  const send = (): Promise<Provision> => {
    if (act === 'discard')
      return ask(api.POST('/provisions/{id}/discard', { params, body: { reason: reason.trim() } }));
    if (act === 'cancel') return ask(api.POST('/provisions/{id}/cancel', { params }));
    if (act === 'undo') return ask(api.POST('/provisions/{id}/undo', { params }));
    if (act === 'redrive') return ask(api.POST('/provisions/{id}/redrive', { params }));
    return ask(api.POST('/provisions/{id}/retry', { params }));
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    run.run();
  };
  return (
    <Dialog title={provisions.acts[act]} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        <p>{provisions.hints[act]}</p>
        {(act === 'redrive' || act === 'retry') && <Would provision={provision} />}
        {act === 'discard' && (
          <label>
            {provisions.reason}
            <input
              required
              maxLength={500}
              value={reason}
              onInput={(event) => setReason(event.currentTarget.value)}
            />
          </label>
        )}
        <p class="row">
          <button type="submit" disabled={run.isRunning}>
            {provisions.acts[act]}
          </button>
          <button type="button" class="quiet" onClick={onClose}>
            {words.back}
          </button>
        </p>
        {run.refusal && <Problem error={run.refusal} />}
      </form>
    </Dialog>
  );
}

/** The plan of the same request, were it made now. Kinds that nobody requests have none. */
function Would({ provision: { kind, input } }: { provision: Provision }) {
  const plan = useLoaded(async () => {
    // the document lists the kinds, which this page does not know one by one
    const body = { kind, input } as Schema['ProvisionRequestDto'];
    return planOf(await ask(api.POST('/provisions', { params: { query: { dry_run: true } }, body })));
  }, [kind]);
  const { refusal, value } = plan;
  if (refusal && (refusal.status === 400 || refusal.errors.some(({ field }) => field === 'kind')))
    return null;
  return (
    <div>
      <h3>{words.provisions.would}</h3>
      {refusal && (
        <p>
          {words.provisions.wouldFail}{' '}
          {refusal.errors.map(({ field, rule }) => `${field}: ${rule}`).join(', ') || refusal.message}
        </p>
      )}
      {value && <Plan changes={value} />}
      {!refusal && !value && <p class="faint">{words.loading}</p>}
    </div>
  );
}
