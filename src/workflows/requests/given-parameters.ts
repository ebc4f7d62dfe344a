import { brokenRule, Problem } from '../../common/problems/problem.js';
import type { Finding, JsonObject, ResourceType, Workflow } from '../../documents/model.js';
import type { Asked } from '../../documents/parameters/derived-defaults.js';
import { fromTexts } from '../../documents/parameters/from-texts.js';
import { readScoreParameters, type ScoreParameters } from '../../documents/score/score-parameters.js';
import type { OfferedType } from '../../documents/score/resolve-type.js';
import type { WantedResource } from '../../documents/score/wanted-resources.js';
import { checkParameters } from '../plan/step-inputs.js';

/** The name that errors have for a Score file. */
export const SCORE_FILE = 'score.yaml';

/** The parameters of a request, in the ways in which they may be given. What comes later here counts more. */
export interface Given {
  /** The text of a Score file: the `params` of its resources. */
  score?: string | undefined;
  /** JSON values. */
  parameters: JsonObject;
  /** Texts by name, each read by the type that the workflow says: `?param.NAME=text`. */
  texts?: readonly (readonly [name: string, text: string])[] | undefined;
  application?: string | undefined;
}

/** What a request gives a run. */
export interface GivenToRun {
  parameters: JsonObject;
  application: string | null;
  /** The resources of a Score file that providers make, in that order. */
  wanted: WantedResource[];
}

/**
 * The parameters of a run, checked and with defaults: the same ones, of the same types, by every way in. `provides` has the types of resources
 * that the workflow itself creates, and `offered` those of providers. Throws 422, for a Score file with file, line and column.
 */
export function givenParameters(
  given: Given,
  { parameters: schema }: Workflow,
  provides: readonly ResourceType[],
  asker: Pick<Asked, 'team' | 'requester'>,
  offered: readonly OfferedType[] = [],
): GivenToRun {
  const score = given.score === undefined ? undefined : readScoreText(given.score, provides, offered);
  if (score && given.application !== undefined && given.application !== score.application)
    throw brokenRule('application', `the Score file is that of ${score.application}`);
  const merged = { ...score?.parameters, ...given.parameters, ...fromTexts(schema, given.texts ?? []) };
  const application = given.application ?? score?.application ?? null;
  const app = application === null ? {} : { name: application };
  const parameters = checkParameters(schema, merged, { ...asker, app });
  return { parameters, application, wanted: score?.resources ?? [] };
}

function readScoreText(
  text: string,
  provides: readonly ResourceType[],
  offered: readonly OfferedType[],
): ScoreParameters {
  const { value, errors } = readScoreParameters(SCORE_FILE, text, provides, offered);
  if (!value) throw scoreProblem(errors);
  return value;
}

/** What is wrong in a Score file, as a problem. */
export function scoreProblem(errors: readonly Finding[]): Problem {
  const count = errors.length === 1 ? '1 error' : `${errors.length} errors`;
  return new Problem('score_invalid', `The Score file has ${count}`, { errors: errors.slice(0, 20) });
}
