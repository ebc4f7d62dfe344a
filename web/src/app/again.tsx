import { signal } from '@preact/signals';
import { on } from '../api/client.ts';
import { Dialog } from '../parts/dialog.tsx';
import { words } from '../words/en.ts';
import { Ways } from './ways.tsx';

/** Whether the person must log in again before what they asked for is done. */
const mustLogInAgain = signal(false);
on.loginTooOld = () => {
  mustLogInAgain.value = true;
};

/** Asks for a new login; what was typed on the page stays if it needs no other page. */
export function Again() {
  const close = (): void => {
    mustLogInAgain.value = false;
  };
  if (!mustLogInAgain.value) return null;
  return (
    <Dialog title={words.login.again} onClose={close}>
      <p>{words.login.againWhy}</p>
      <Ways isAgain onDone={close} />
    </Dialog>
  );
}
