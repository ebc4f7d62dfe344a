import { useCallback, useEffect, useState } from 'preact/hooks';
import { refusalOf } from './client.ts';
import type { Refusal } from './refusal.ts';

/** What a request has come to. While it is asked again, the last value stays. */
export interface Loaded<T> {
  value: T | undefined;
  refusal: Refusal | undefined;
  isLoading: boolean;
  reload: () => void;
}

/** Asks when the component appears and whenever `keys` change. An answer that comes after a newer question is dropped. */
export function useLoaded<T>(load: () => Promise<T>, keys: readonly unknown[]): Loaded<T> {
  const [state, setState] = useState<{ value?: T; refusal?: Refusal; isLoading: boolean }>({
    isLoading: true,
  });
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    setState(({ value }) => ({ ...(value === undefined ? {} : { value }), isLoading: true }));
    load().then(
      (value) => isCurrent && setState({ value, isLoading: false }),
      (error: unknown) => isCurrent && setState({ refusal: refusalOf(error), isLoading: false }),
    );
    return () => {
      isCurrent = false;
    };
  }, [...keys, round]);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  return { value: state.value, refusal: state.refusal, isLoading: state.isLoading, reload };
}
