import { api, ask } from '../../api/client.ts';
import { planOf } from '../../api/plan-of.ts';
import { useAction } from '../../api/use-action.ts';
import { useLoaded } from '../../api/use-loaded.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Plan } from '../../parts/plan.tsx';
import { Problem } from '../../parts/problem.tsx';
import { words } from '../../words/en.ts';

/** Removes a group, after showing what that does. */
export function RemoveGroup({ group, onClose }: { group: string; onClose: (isRemoved: boolean) => void }) {
  const send = (dry_run: boolean) =>
    ask(
      api.DELETE('/admin/groups/{group}', { params: { path: { group }, query: { dry_run, data: 'keep' } } }),
    );
  const plan = useLoaded(async () => planOf(await send(true)), [group]);
  const remove = useAction(async () => {
    await send(false);
    onClose(true);
  });
  return (
    <Dialog title={words.allGroups.removeTitle(group)} onClose={() => onClose(false)}>
      <p>{words.allGroups.removeHint}</p>
      <Loading from={plan}>{(changes) => <Plan changes={changes} />}</Loading>
      <p class="row">
        <button type="button" disabled={remove.isRunning} onClick={() => remove.run()}>
          {words.allGroups.remove}
        </button>
        <button type="button" class="quiet" onClick={() => onClose(false)}>
          {words.cancel}
        </button>
      </p>
      {remove.refusal && <Problem error={remove.refusal} />}
    </Dialog>
  );
}
