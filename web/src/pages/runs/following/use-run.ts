import { useCallback, useEffect, useState } from 'preact/hooks';
import { api, ask } from '../../../api/client.ts';
import type { Schema } from '../../../api/schema.ts';
import { follow, type Seen } from './follow.ts';

/** Lines of the log that one answer has at most. */
const LINES = 500;

/** A run that is followed while the page shows it. `again` follows it from the start, after it was set off once more. */
export function useRun(id: string): Seen & { again: () => void } {
  const [seen, setSeen] = useState<Seen & { id: string }>({ id, lines: [], isAtRest: false });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const left = new AbortController();
    const { signal } = left;
    const path = { id };
    const source = {
      run: () => ask(api.GET('/api/workflows/{id}', { params: { path }, signal })),
      // lines, because it does not ask for a stream
      log: async (cursor: string | undefined) =>
        (await ask(
          api.GET('/api/workflows/{id}/logs', { params: { path, query: { cursor, limit: LINES } }, signal }),
        )) as Schema['RunLogDto'],
      wait: (ms: number) => pause(ms, signal),
    };
    void follow(
      source,
      (now) => setSeen({ ...now, id }),
      () => signal.aborted,
    );
    return () => left.abort();
  }, [id, round]);
  const again = useCallback(() => setRound((before) => before + 1), []);
  // of another run nothing is known yet
  const current: Seen = seen.id === id ? seen : { lines: [], isAtRest: false };
  return { ...current, again };
}

/** Waits; longer while the tab is in the background; not at all once the page is left. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await until(signal, (done) => {
    const timer = setTimeout(done, ms);
    return () => clearTimeout(timer);
  });
  if (!document.hidden) return;
  await until(signal, (done) => {
    document.addEventListener('visibilitychange', done);
    return () => document.removeEventListener('visibilitychange', done);
  });
}

/** Resolves when `begin` says so, or with the signal; either way what was begun is ended. */
function until(signal: AbortSignal, begin: (done: () => void) => () => void): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      signal.removeEventListener('abort', done);
      end();
      resolve();
    };
    const end = begin(done);
    signal.addEventListener('abort', done);
  });
}
