import { Wait } from '../../provisioning/kinds/kind.js';

/** Between two looks, in milliseconds: a tenth of what was waited already. */
const LOOK_MS = { least: 1000, most: 15_000, part: 0.1 };

/** Waits for the next look, without a worker. */
export function nextLook(waitedMs: number, restMs: number): Wait {
  const pause = Math.min(LOOK_MS.most, Math.max(LOOK_MS.least, waitedMs * LOOK_MS.part));
  return new Wait(() => Promise.resolve(), Math.min(pause, restMs));
}
