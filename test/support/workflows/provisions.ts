import { waitFor } from '../../../scripts/child.mjs';
import type { Answer } from '../service/service.js';
import type { Caller } from '../service/stack.js';

const FINAL = ['completed', 'failed', 'cancelled'];

/** Asks for a provision, which must be accepted. */
export async function submit(caller: Caller, kind: string, input: object, more: object = {}): Promise<any> {
  return accepted(await caller.post('/provisions', { kind, input, ...more }));
}

/** The provision that an answer tells of, where it says it is. */
export function accepted({ status, headers, body }: Answer): any {
  expect([status, headers.location, body]).toEqual([202, `/provisions/${body.id}`, expect.anything()]);
  return body;
}

/** The provision with its events, once it is in one of these states. */
export async function reaches(caller: Caller, { id }: { id: string }, ...states: string[]): Promise<any> {
  let shown: any;
  await waitFor(`${states.join(' or ')} of provision ${id}`, async () => {
    shown = (await caller.get(`/provisions/${id}`)).body;
    return states.includes(shown.status);
  });
  return shown;
}

/** The provision with its events, once nothing more happens to it. */
export function ended(caller: Caller, provision: { id: string }): Promise<any> {
  return reaches(caller, provision, ...FINAL);
}

/** What happened to a provision, in order. */
export function eventsOf({ events }: { events: { event: string }[] }): string[] {
  return events.map(({ event }) => event);
}
