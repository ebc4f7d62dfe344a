import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import { useAction } from '../../api/use-action.ts';
import { Choice } from '../../parts/choice.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Problem } from '../../parts/problem.tsx';
import { words } from '../../words/en.ts';

/** Asks the owner of a path for access to it. */
export function NewRequest({ onClose }: { onClose: () => void }) {
  const [path, setPath] = useState('');
  const [permission, setPermission] = useState<'read' | 'write'>('read');
  const [reason, setReason] = useState('');
  const make = useAction(async () => {
    const body = { path: path.trim(), permission, reason: reason.trim() };
    await ask(api.POST('/access-requests', { body }));
    onClose();
  });
  const submit = (event: Event): void => {
    event.preventDefault();
    make.run();
  };
  return (
    <Dialog title={words.requests.make} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        <label>
          {words.shares.path}
          <input required value={path} onInput={(event) => setPath(event.currentTarget.value)} />
        </label>
        <p class="hint">{words.requests.pathHint}</p>
        <Choice
          legend={words.requests.level}
          values={['read', 'write']}
          texts={words.levels}
          value={permission}
          onChange={setPermission}
        />
        <label>
          {words.requests.reason}
          <input required value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
        <p>
          <button type="submit" disabled={make.isRunning}>
            {words.requests.send}
          </button>
        </p>
        {make.refusal && <Problem error={make.refusal} />}
      </form>
    </Dialog>
  );
}
