import type { EventName } from '../documents/model.js';

/** The kind of the provisions that carry events out. */
export const EVENT_KIND = 'workflow.event';

/** The id of the requests that the runs of an event make. No client can send it: its ids have no colon. */
export function causeOf(eventId: string): string {
  return `event:${eventId}`;
}

/** A group for which workflows run. */
export interface EventTeam {
  id: string;
  name: string;
}

/** Something that has happened. */
export interface WorkflowEvent {
  event: EventName;
  /** What it is about, such as `group:ID`. Events about one thing are carried out in order. */
  about: string;
  /** What it tells, as `EVENTS` says. */
  facts: Record<string, string>;
  /** The group for which workflows run; without it the one that the policy names for data products. */
  team?: EventTeam;
}
