import { brokenRule, Problem } from '../../common/problems/problem.js';
import type { JsonObject, ResourceType, Workflow } from '../../documents/model.js';
import type { Asked } from '../../documents/parameters/derived-defaults.js';
import { fromTexts } from '../../documents/parameters/from-texts.js';
import { readScoreParameters, type ScoreParameters } from '../../documents/score/score-parameters.js';
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

/**
 * The parameters of a run, checked and with defaults: the same ones, of the same types, by every way in. Throws 422, for a Score file with file,
 * line and column.
 */
export function givenParameters(
  given: Given,
  { parameters: schema }: Workflow,
  provides: readonly ResourceType[],
  asker: Pick<Asked, 'team' | 'requester'>,
): { parameters: JsonObject; application: string | null } {
  const score = given.score === undefined ? undefined : readScoreText(given.score, provides);
  if (score && given.application !== undefined && given.application !== score.application)
    throw brokenRule('application', `the Score file is that of ${score.application}`);
  const merged = { ...score?.parameters, ...given.parameters, ...fromTexts(schema, given.texts ?? []) };
  const application = given.application ?? score?.application ?? null;
  const app = application === null ? {} : { name: application };
  return { parameters: checkParameters(schema, merged, { ...asker, app }), application };
}

function readScoreText(text: string, provides: readonly ResourceType[]): ScoreParameters {
  const { value, errors } = readScoreParameters(SCORE_FILE, text, provides);
  if (value) return value;
  const count = errors.length === 1 ? '1 error' : `${errors.length} errors`;
  throw new Problem('score_invalid', `The Score file has ${count}`, { errors: errors.slice(0, 20) });
}
