import { useCallback, useState } from 'preact/hooks';
import { refusalOf } from './client.ts';
import type { Refusal } from './refusal.ts';

/** Something that a person sets off: whether it runs, and how it was refused. */
export interface Action<A extends unknown[]> {
  run: (...args: A) => void;
  isRunning: boolean;
  refusal: Refusal | undefined;
  forget: () => void;
}

/** Runs `act` one at a time: a second click does nothing while the first is under way. */
export function useAction<A extends unknown[]>(act: (...args: A) => Promise<void>): Action<A> {
  const [isRunning, setRunning] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | undefined>();
  const run = (...args: A): void => {
    if (isRunning) return;
    setRunning(true);
    setRefusal(undefined);
    act(...args)
      .catch((error: unknown) => setRefusal(refusalOf(error)))
      .finally(() => setRunning(false));
  };
  const forget = useCallback(() => setRefusal(undefined), []);
  return { run, isRunning, refusal, forget };
}
