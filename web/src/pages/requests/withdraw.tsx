import { api, ask } from '../../api/client.ts';
import { useAction } from '../../api/use-action.ts';
import { Problem } from '../../parts/problem.tsx';
import { words } from '../../words/en.ts';

/** Takes a request back that nobody has decided yet. */
export function Withdraw({ id, onDone }: { id: string; onDone: () => void }) {
  const withdraw = useAction(async () => {
    await ask(api.POST('/access-requests/{id}/withdraw', { params: { path: { id } } }));
    onDone();
  });
  return (
    <>
      <button type="button" class="plain" disabled={withdraw.isRunning} onClick={() => withdraw.run()}>
        {words.requests.withdraw}
      </button>
      {withdraw.refusal && <Problem error={withdraw.refusal} />}
    </>
  );
}
