import { waitFor } from '../../../scripts/child.mjs';
import type { Answer } from '../service/service.js';
import type { Caller } from '../service/stack.js';

const FINAL = ['completed', 'failed', 'cancelled'];

/** The plan that an answer tells of, where it says it is. */
export function acceptedPlan({ status, headers, body }: Answer): any {
  expect([status, headers.location, body]).toEqual([202, `/plans/${body.id}`, expect.anything()]);
  return body;
}

/** Asks for a plan, which must be accepted. */
export async function order(caller: Caller, items: object[], more: object = {}): Promise<any> {
  return acceptedPlan(await caller.post('/plans', { items, ...more }));
}

/** The plan once `until` holds of it. */
export async function planWhen(
  caller: Caller,
  { id }: { id: string },
  what: string,
  until: (plan: any) => boolean,
): Promise<any> {
  let plan: any;
  await waitFor(`plan ${id}: ${what}`, async () => {
    plan = (await caller.get(`/plans/${id}`)).body;
    return until(plan);
  });
  return plan;
}

/** The plan once nothing more happens to it. */
export const endOfPlan = (caller: Caller, plan: { id: string }): Promise<any> =>
  planWhen(caller, plan, 'its end', ({ status, ended_at }) => FINAL.includes(status) && ended_at !== null);

/** Takes a plan back, and waits until that is done. */
export async function takenBack(caller: Caller, plan: { id: string }): Promise<any> {
  acceptedPlan(await caller.post(`/plans/${plan.id}/undo`));
  return planWhen(caller, plan, 'taken back', ({ undone_at }) => undone_at !== null);
}

/** The states of the items, in the order of the request. */
export const itemsOf = ({ items }: { items: { status: string }[] }): string[] =>
  items.map(({ status }) => status);
