import { useState } from 'preact/hooks';
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
import { approvalOf } from './approval.ts';
import { Asked } from './asked.tsx';

interface Props {
  request: Schema['AccessRequestDto'];
  onClose: () => void;
}

/** Approves or denies a request, after showing what the approval changes. */
export function Decide({ request, onClose }: Props) {
  const { id } = request;
  const [until, setUntil] = useState('');
  const approve = (dry_run: boolean) =>
    ask(
      api.POST('/access-requests/{id}/approve', {
        params: { path: { id }, query: { dry_run } },
        body: approvalOf(request, until),
      }),
    );
  const plan = useLoaded(async () => planOf(await approve(true)), [id, until]);
  const decide = useAction(async (isApproved: boolean) => {
    if (isApproved) await approve(false);
    else await ask(api.POST('/access-requests/{id}/deny', { params: { path: { id } } }));
    onClose();
  });
  return (
    <Dialog title={words.requests.decide} onClose={onClose}>
      <p>
        {words.requests.asks(request.requester)} <Asked request={request} />
      </p>
      {request.path !== undefined && (
        <label>
          {words.shares.untilDay}
          <input type="date" value={until} onInput={(event) => setUntil(event.currentTarget.value)} />
        </label>
      )}
      <h3>{words.plan.title}</h3>
      <Loading from={plan}>{(changes) => <Plan changes={changes} />}</Loading>
      <p class="row">
        <button type="button" disabled={decide.isRunning} onClick={() => decide.run(true)}>
          {words.requests.approve}
        </button>
        <button type="button" class="quiet" disabled={decide.isRunning} onClick={() => decide.run(false)}>
          {words.requests.deny}
        </button>
      </p>
      {decide.refusal && <Problem error={decide.refusal} />}
    </Dialog>
  );
}
