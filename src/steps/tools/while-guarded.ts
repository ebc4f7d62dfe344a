import type { RunContext } from '../../provisioning/kinds/kind.js';

/** How often it is asked whether the work may go on. */
const ASK_MS = 1000;

/** Runs a program as long as the provision is this worker's, which is not stopping, and its time is not up. Otherwise the program is ended, and the reason thrown. */
export async function whileGuarded<T>(
  { guard, signal }: Pick<RunContext, 'guard' | 'signal'>,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  let reason: unknown;
  let timer: NodeJS.Timeout;
  const ask = (): void => {
    timer = setTimeout(() => {
      guard().then(ask, (error: unknown) => {
        reason = error;
        stop.abort();
      });
    }, ASK_MS);
  };
  ask();
  try {
    return await work(AbortSignal.any([signal, stop.signal]));
  } catch (error) {
    throw reason ?? error;
  } finally {
    stop.abort();
    clearTimeout(timer!);
  }
}
