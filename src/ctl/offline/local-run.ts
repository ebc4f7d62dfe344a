import { Problem } from '../../common/problems/problem.js';
import { expand, type FindWorkflow } from '../../documents/expand/expand.js';
import { ExpandError } from '../../documents/expand/expand-error.js';
import type { Snapshot } from '../../documents/expand/snapshot.js';
import type { Finding, JsonObject } from '../../documents/model.js';
import { type PlannedResource, planResources } from '../../documents/score/plan-resources.js';
import { offeredTo, providedBy } from '../../workflows/plan/offered-types.js';
import { givenParameters, type GivenToRun, scoreProblem } from '../../workflows/requests/given-parameters.js';
import { usage } from '../exit-codes.js';
import { findingLines, type FoundIn } from './files.js';
import type { LocalWorkflow } from './local-workflow.js';

/** Who asks, offline. */
export const YOU = 'you';

/** What somebody would ask for. */
export interface Asked {
  team: string;
  application?: string | undefined;
  parameters: JsonObject;
  /** A Score file: its path, and what is in it. */
  score?: { file: string; text: string } | undefined;
}

/** What a run would be given, and its steps. */
export interface LocalRun extends Pick<GivenToRun, 'parameters' | 'application'> {
  snapshot: Snapshot;
}

/** What the service would make of a request where nothing exists, with its own code. Only types of the provider of the workflow are known. */
export function localRun(local: LocalWorkflow, asked: Asked): LocalRun {
  const { workflow, provider } = local;
  const name = provider?.provider.name ?? 'this file';
  const current = provider
    ? [{ name, team: null, provider: provider.provider, version: { digest: '' } }]
    : [];
  const types = offeredTo(asked.team, name, current);
  const provides = providedBy(expanded(local, []), current);
  const { team, application, parameters: given, score } = asked;
  try {
    const request = { parameters: given, application, score: score?.text };
    const asker = { team, requester: YOU };
    const { wanted, ...taken } = givenParameters(request, workflow, provides, asker, types);
    const file = { file: score?.file ?? '', text: score?.text ?? '', app: taken.application ?? '' };
    const { value, errors } =
      wanted.length > 0 ? planResources(file, wanted, new Map(), types) : { value: [], errors: [] };
    if (!value) throw scoreProblem(errors);
    return { ...taken, snapshot: expanded(local, value) };
  } catch (error) {
    throw error instanceof Problem ? refused(error, workflow.name, score?.file) : error;
  }
}

function expanded({ workflow, provider }: LocalWorkflow, planned: readonly PlannedResource[]): Snapshot {
  const name = provider?.provider.name ?? 'this file';
  const own = new Map(provider?.provider.workflows.map((each) => [each.name, each]));
  const find: FindWorkflow = (of, called) => {
    const found = of === name ? own.get(called) : undefined;
    return found && { provider: of, workflow: found };
  };
  try {
    return expand({ provider: name, workflow }, find, planned);
  } catch (error) {
    if (!(error instanceof ExpandError)) throw error;
    throw usage(`Step ${error.step}: ${error.message}. Workflows of other providers are known with --server`);
  }
}

function refused(problem: Problem, workflow: string, file: string | undefined): Error {
  if (problem.code !== 'score_invalid' || file === undefined)
    return usage(`The parameters of ${workflow} are not valid`, ruleLines(problem));
  const found = (problem.extra.errors ?? []).filter((each): each is FoundIn & Finding => 'line' in each);
  const lines = findingLines(found.map((each) => ({ ...each, file })));
  return usage(`${file} is not valid. Types of other providers are known with --server`, lines);
}

/** The rules that a problem names, one a line; without any, what it says. */
export function ruleLines({ message, extra: { errors = [] } }: Problem): string[] {
  const lines = errors.flatMap((each) => ('field' in each ? [`${each.field}: ${each.rule}`] : []));
  return lines.length > 0 ? lines : [message];
}
