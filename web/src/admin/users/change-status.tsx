import { api, ask } from '../../api/client.ts';
import { planOf } from '../../api/plan-of.ts';
import type { Schema } from '../../api/schema.ts';
import { useAction } from '../../api/use-action.ts';
import { useLoaded } from '../../api/use-loaded.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Plan } from '../../parts/plan.tsx';
import { Problem } from '../../parts/problem.tsx';
import { words } from '../../words/en.ts';

interface Props {
  user: Pick<Schema['AdminUserDto'], 'user_name' | 'status'>;
  onClose: () => void;
}

/** Disables a user or enables them again, after showing what that does. */
export function ChangeStatus({ user: { user_name: user, status }, onClose }: Props) {
  const send = (dry_run: boolean) => {
    const params = { path: { user }, query: { dry_run } };
    return status === 'active'
      ? ask(api.POST('/admin/users/{user}/disable', { params }))
      : ask(api.POST('/admin/users/{user}/enable', { params }));
  };
  const plan = useLoaded(async () => planOf(await send(true)), [user, status]);
  const change = useAction(async () => {
    await send(false);
    onClose();
  });
  const title = status === 'active' ? words.users.disableTitle(user) : words.users.enableTitle(user);
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{status === 'active' ? words.users.disableHint : words.users.enableHint}</p>
      <Loading from={plan}>{(changes) => <Plan changes={changes} />}</Loading>
      <p class="row">
        <button type="button" disabled={change.isRunning} onClick={() => change.run()}>
          {words.groups.doIt}
        </button>
        <button type="button" class="quiet" onClick={onClose}>
          {words.cancel}
        </button>
      </p>
      {change.refusal && <Problem error={change.refusal} />}
    </Dialog>
  );
}
