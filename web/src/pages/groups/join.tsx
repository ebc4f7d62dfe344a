import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import { useAction } from '../../api/use-action.ts';
import { Choice } from '../../parts/choice.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Problem } from '../../parts/problem.tsx';
import { words } from '../../words/en.ts';

/** Asks the owners of a group to be let in. */
export function Join({ group, onClose }: { group: string; onClose: () => void }) {
  const [role, setRole] = useState<'reader' | 'member'>('reader');
  const [reason, setReason] = useState('');
  const join = useAction(async () => {
    await ask(api.POST('/access-requests', { body: { group, role, reason: reason.trim() } }));
    onClose();
  });
  const submit = (event: Event): void => {
    event.preventDefault();
    join.run();
  };
  return (
    <Dialog title={words.groups.joinTitle(group)} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        <Choice
          legend={words.groups.role}
          values={['reader', 'member']}
          texts={words.groups.roleTexts}
          value={role}
          onChange={setRole}
        />
        <label>
          {words.requests.reason}
          <input required value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
        <p>
          <button type="submit" disabled={join.isRunning}>
            {words.requests.send}
          </button>
        </p>
        {join.refusal && <Problem error={join.refusal} />}
      </form>
    </Dialog>
  );
}
