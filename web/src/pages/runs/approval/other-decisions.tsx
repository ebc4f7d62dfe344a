import { useState } from 'preact/hooks';
import { api, ask } from '../../../api/client.ts';
import { Confirm } from '../../../parts/runs/confirm.tsx';
import { words } from '../../../words/en.ts';

interface Props {
  id: string;
  digest: string;
  /** An administrator may decide past those who are asked. */
  mayBypass: boolean;
  onDone: () => void;
}

/** What is decided with a reason: a rejection, and an administrator's decision alone. */
export function OtherDecisions({ id, digest, mayBypass, onDone }: Props) {
  const [act, setAct] = useState<'reject' | 'bypass' | undefined>();
  const params = { path: { id } };
  const send = async (reason: string): Promise<void> => {
    if (act === 'reject') await ask(api.POST('/api/workflows/{id}/reject', { params, body: { reason } }));
    else {
      const body = { plan_digest: digest, bypass_reason: reason };
      await ask(api.POST('/api/workflows/{id}/approve', { params, body }));
    }
    onDone();
  };
  const { approvals } = words;
  return (
    <p class="row">
      <button type="button" class="quiet" onClick={() => setAct('reject')}>
        {approvals.reject}
      </button>
      {mayBypass && (
        <button type="button" class="plain" onClick={() => setAct('bypass')}>
          {approvals.bypass}
        </button>
      )}
      {act !== undefined && (
        <Confirm
          title={act === 'reject' ? approvals.rejectTitle : approvals.bypassTitle}
          act={act === 'reject' ? approvals.reject : approvals.bypassDo}
          reason={{ title: approvals.reason, minLength: act === 'reject' ? 1 : 3 }}
          onAct={send}
          onClose={() => setAct(undefined)}
        >
          <p>{act === 'reject' ? approvals.rejectHint : approvals.bypassHint}</p>
        </Confirm>
      )}
    </p>
  );
}
