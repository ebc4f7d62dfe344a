import { useEffect, useState } from 'preact/hooks';
import { refusalOf } from './client.ts';
import type { Refusal } from './refusal.ts';

interface Page<T> {
  items: T[];
  next_cursor: string | null;
  total?: number;
}

/** A list as far as it was asked for. */
export interface Paged<T> {
  /** Undefined until the first page has come. */
  items: T[] | undefined;
  /** How many there are in all, where the list tells. */
  total: number | undefined;
  refusal: Refusal | undefined;
  isLoading: boolean;
  /** Asks for the next page; undefined at the end. */
  more: (() => void) | undefined;
  reload: () => void;
}

interface State<T> {
  items?: T[];
  total?: number;
  next: string | null;
  refusal?: Refusal;
  isLoading: boolean;
}

/** A list, page by page; it begins anew whenever `keys` change. */
export function usePaged<T>(
  ask: (cursor: string | undefined) => Promise<Page<T>>,
  keys: readonly unknown[],
): Paged<T> {
  const [state, setState] = useState<State<T>>({ next: null, isLoading: true });
  const [wanted, setWanted] = useState<{ round: number; cursor: string | undefined }>({
    round: 0,
    cursor: undefined,
  });
  // other keys: from the beginning
  useEffect(() => setWanted(({ round }) => ({ round: round + 1, cursor: undefined })), keys);
  useEffect(() => {
    if (wanted.round === 0) return undefined;
    let isCurrent = true;
    setState((before) => ({ ...before, isLoading: true }));
    ask(wanted.cursor).then(
      ({ items, next_cursor: next, total }) => {
        if (!isCurrent) return;
        setState((before) => ({
          items: wanted.cursor === undefined ? items : [...(before.items ?? []), ...items],
          total: total ?? before.total,
          next,
          isLoading: false,
        }));
      },
      (error: unknown) =>
        isCurrent && setState((before) => ({ ...before, refusal: refusalOf(error), isLoading: false })),
    );
    return () => {
      isCurrent = false;
    };
  }, [wanted]);
  const go = (cursor: string | undefined) => (): void =>
    setWanted(({ round }) => ({ round: round + 1, cursor }));
  return {
    items: state.items,
    total: state.total,
    refusal: state.refusal,
    isLoading: state.isLoading,
    more: state.next === null ? undefined : go(state.next),
    reload: go(undefined),
  };
}
