import { useEffect, useRef } from 'preact/hooks';

/** How soon something is asked for again that is under way, and how seldom at last, in milliseconds. */
const FIRST_MS = 1000;
const LAST_MS = 15_000;
const GROWTH = 1.5;

/**
 * Asks again and again while something is under way, less and less often, and not while nobody sees the page. `state`: what it is now;
 * undefined: it is at rest. A new state makes it ask often again. `answer`: the last answer, after which the next question waits.
 */
export function useWatch(reload: () => void, state: string | undefined, answer: unknown): void {
  const wait = useRef(FIRST_MS);
  useEffect(() => {
    wait.current = FIRST_MS;
  }, [state]);
  useEffect(() => {
    if (state === undefined) return undefined;
    const again = (): void => {
      if (document.hidden) return;
      document.removeEventListener('visibilitychange', again);
      wait.current = Math.min(wait.current * GROWTH, LAST_MS);
      reload();
    };
    const timer = setTimeout(() => {
      document.addEventListener('visibilitychange', again);
      again();
    }, wait.current);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', again);
    };
  }, [state, answer]);
}
