import { Problem, type ProblemCode } from '../../common/problems/problem.js';

/** What kind of error it is (RFC 7644, section 3.12). */
export type ScimType =
  | 'uniqueness'
  | 'tooMany'
  | 'invalidFilter'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue'
  | 'invalidVers'
  | 'sensitive';

/** A problem with a kind of SCIM's. */
export class ScimError extends Problem {
  constructor(
    code: ProblemCode,
    detail: string,
    readonly scimType?: string,
  ) {
    super(code, detail);
  }
}

/** An error as SCIM's clients read it. */
export interface ScimErrorBody {
  schemas: [string];
  status: string;
  scimType?: string;
  detail: string;
}

const SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:Error';
/** SCIM knows no 422: a value that breaks a rule is a 400. */
const BROKEN_RULE = 422;

/** A problem of this service in SCIM's form. */
export function scimErrorOf(problem: Problem): { status: number; body: ScimErrorBody } {
  const status = problem.status === BROKEN_RULE ? 400 : problem.status;
  const scimType = problem instanceof ScimError ? problem.scimType : typeOf(problem);
  const rules = (problem.extra.errors ?? [])
    .map((each) => ('field' in each ? `${each.field}: ${each.rule}` : each.message))
    .join('; ');
  const body: ScimErrorBody = {
    schemas: [SCHEMA],
    status: String(status),
    ...(scimType === undefined ? {} : { scimType }),
    detail: rules === '' ? problem.message : rules,
  };
  return { status, body };
}

function typeOf({ status, code }: Problem): ScimType | undefined {
  if (code === 'name_taken') return 'uniqueness';
  if (status === BROKEN_RULE) return 'invalidValue';
  return code === 'malformed_request' ? 'invalidSyntax' : undefined;
}
