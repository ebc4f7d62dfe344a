import type { EventName, Provider, Workflow } from '../../documents/model.js';
import {
  EVENTS_OF_TEAMS,
  isStartedBy,
  parametersFrom,
  PHASE_ORDER,
} from '../../documents/workflows/events.js';
import type { EventTeam } from '../../events/event.js';

/** A provider that may have workflows which an event starts. */
export interface StartingProvider {
  /** Its name in the catalogue. */
  name: string;
  /** The group that owns it; null: the platform. */
  teamId: string | null;
  workflows: Provider['workflows'];
}

/** An event, and the group for which its workflows run. */
export interface Starting {
  event: EventName;
  facts: Readonly<Record<string, string>>;
  team: EventTeam;
}

/** A run that an event starts: an item of an order plan. */
export interface StartedRun {
  stage: number;
  input: {
    provider: string;
    workflow: string;
    team: string;
    application?: string;
    parameters: Record<string, unknown>;
    event: EventName;
  };
}

/** The name that a run may have as that of its application. */
const APPLICATION = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** The runs that an event starts: of providers of the platform and of the team's own, by phase, then in the order of names. */
export function startedRuns(providers: readonly StartingProvider[], starting: Starting): StartedRun[] {
  const { event, team } = starting;
  const mayStart = ({ teamId }: StartingProvider): boolean =>
    teamId === null || (teamId === team.id && EVENTS_OF_TEAMS.includes(event));
  const found = providers
    .filter(mayStart)
    .flatMap(({ name, workflows }) =>
      workflows
        .filter((workflow) => isStartedBy(event, workflow))
        .map((workflow) => ({ provider: name, workflow })),
    );
  return found
    .map(({ provider, workflow }) => ({
      stage: PHASE_ORDER.indexOf(workflow.phase),
      input: inputOf(provider, workflow, starting),
    }))
    .sort((a, b) => a.stage - b.stage || compare(keyOf(a), keyOf(b)));
}

function inputOf(
  provider: string,
  { name: workflow, parameters }: Workflow,
  { event, facts, team }: Starting,
): StartedRun['input'] {
  const { application = facts['namespace'] ?? '' } = facts;
  return {
    ...{ provider, workflow, team: team.name, parameters: parametersFrom(facts, parameters), event },
    ...(APPLICATION.test(application) ? { application } : {}),
  };
}

function keyOf({ input: { provider, workflow } }: StartedRun): string {
  return `${provider}/${workflow}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
