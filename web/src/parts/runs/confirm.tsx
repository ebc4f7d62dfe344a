import { type ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useAction } from '../../api/use-action.ts';
import { words } from '../../words/en.ts';
import { Dialog } from '../dialog.tsx';
import { Problem } from '../problem.tsx';

interface Props {
  title: string;
  /** What the button says that does it. */
  act: string;
  /** Asks for a reason; what the field is called. */
  reason?: { title: string; minLength?: number; isOptional?: boolean };
  onAct: (reason: string) => Promise<void>;
  onClose: () => void;
  children: ComponentChildren;
}

/** Something that a person sets off after having seen what it does. It closes once that was accepted. */
export function Confirm({ title, act, reason, onAct, onClose, children }: Props) {
  const [text, setText] = useState('');
  const action = useAction(async () => {
    await onAct(text.trim());
    onClose();
  });
  const submit = (event: Event): void => {
    event.preventDefault();
    action.run();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <form class="stack" onSubmit={submit}>
        {reason && (
          <label>
            {reason.title}
            <input
              required={!reason.isOptional}
              minLength={reason.minLength ?? 1}
              maxLength={500}
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          </label>
        )}
        <p class="row">
          <button type="submit" disabled={action.isRunning}>
            {act}
          </button>
          <button type="button" class="quiet" onClick={onClose}>
            {words.back}
          </button>
        </p>
        {action.refusal && <Problem error={action.refusal} />}
      </form>
    </Dialog>
  );
}
