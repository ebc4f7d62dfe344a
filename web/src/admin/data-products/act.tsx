import { useEffect, useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import { useAction } from '../../api/use-action.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { provisionAddress } from '../../parts/names/links.tsx';
import { Problem } from '../../parts/problem.tsx';
import { words } from '../../words/en.ts';
import type { Act } from './acts.ts';
import { Shown, type ShownSecret } from './shown.tsx';

interface Props {
  id: string;
  act: Act;
  onClose: () => void;
}

/** What an act has come to: a task that follows, a secret, or nothing more to tell. */
type Outcome = { task: string } | { secret: ShownSecret } | 'done';

/** Does something with a data product, after telling what that is. */
export function ActDialog({ id, act, onClose }: Props) {
  const [outcome, setOutcome] = useState<Outcome | undefined>();
  // a secret leaves with the dialog
  useEffect(() => () => setOutcome(undefined), []);
  const run = useAction(async () => {
    const result = await send(id, act);
    if (result === 'done') onClose();
    else setOutcome(result);
  });
  const { products } = words;
  return (
    <Dialog title={products.acts[act]} onClose={onClose}>
      {outcome === undefined || outcome === 'done' ? (
        <>
          <p>{products.hints[act]}</p>
          <p class="row">
            <button type="button" disabled={run.isRunning} onClick={() => run.run()}>
              {products.acts[act]}
            </button>
            <button type="button" class="quiet" onClick={onClose}>
              {words.cancel}
            </button>
          </p>
          {run.refusal && <Problem error={run.refusal} />}
        </>
      ) : 'task' in outcome ? (
        <p role="status">
          {products.taken} <a href={provisionAddress(outcome.task)}>{products.follow}</a>
        </p>
      ) : (
        <Shown secret={outcome.secret} onForget={onClose} />
      )}
    </Dialog>
  );
}

async function send(product: string, act: Act): Promise<Outcome> {
  const params = { path: { product } };
  if (act === 'reconcile') {
    const { taskId } = await ask(api.POST('/data-products/{product}/reconcile', { params }));
    return { task: taskId };
  }
  if (act === 'confirm') {
    const { taskId } = await ask(api.POST('/data-products/{product}/confirm-removal', { params }));
    return { task: taskId };
  }
  if (act === 'claim') {
    const key = await ask(api.POST('/data-products/{product}/claim', { params }));
    return { secret: { kind: 'key', ...key } };
  }
  if (act === 'login') {
    const login = await ask(api.POST('/data-products/{product}/database-login', { params }));
    return { secret: { kind: 'login', ...login } };
  }
  await ask(api.DELETE('/data-products/{product}/claim', { params }));
  return 'done';
}
