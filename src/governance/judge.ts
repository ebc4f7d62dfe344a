import { ExpressionError } from '../documents/expressions/expression-error.js';
import type { JsonObject } from '../documents/model.js';
import { STEP_TYPES } from '../documents/step-types/catalogue.js';
import type { TouchedName } from '../documents/step-types/step-type.js';
import { matchesName, readable, type Whose } from './patterns.js';
import { bucketOf, otherTeamOf } from './prefixes.js';
import { patternsFor, type Policy, type Rule, stepListsFor } from './policy.js';
import { appliesTo, type RuledRun } from './rules.js';

/** For whom a run is judged. */
export interface Judged extends Whose {
  /** Names are not bound: an administrator runs what the platform offers, and may do all of it by hand. */
  anyName: boolean;
  /** Groups that are not the team's, in lower case: at least those of {@link teamsOfName} for the names of the step. The team's own may be there. */
  groups: ReadonlySet<string>;
  /** Users that are not the team's: at least those of them whom the step names. */
  users: ReadonlySet<string>;
  /** Buckets of the platform: of homes and of data products. */
  buckets: ReadonlySet<string>;
}

/** A step that is judged. `input` is undefined where it is not known yet. */
export interface JudgedStep {
  name: string;
  type: string;
  /** The group that owns the step's provider; null: the platform. */
  owner: string | null;
  input: JsonObject | undefined;
}

/** What does not go, and at which step. */
export interface Refusal {
  field: string;
  rule: string;
}

/** What somebody has to approve, and who may. */
export interface Requirement {
  /** The rule, or the step, that asks for it. */
  rule: string;
  /** The group whose members approve; null: the owners of the team. */
  from: string | null;
  count: number;
  message: string | null;
  expires_in_seconds: number;
}

/** What a policy says of a run. */
export interface Judgement {
  refusals: Refusal[];
  requirements: Requirement[];
  /** The rules that are about the run. */
  rules: { rule: string; then: Rule['then']; message: string | null }[];
}

/** What the policy says of one step: whether its type is allowed, and the names that it touches. */
export function judgeStep(policy: Policy, step: JudgedStep, whose: Judged): Refusal[] {
  const { name, type, owner, input } = step;
  const field = `steps.${name}`;
  if (!isAllowed(policy, type, [owner, whose.team]))
    return [{ field, rule: `steps of the type ${type} are not allowed here` }];
  if (whose.anyName || input === undefined) return [];
  return touchedBy(type, input).flatMap((touched) => {
    const patterns = patternsFor(policy, whose.team, touched.kind);
    const matched = patterns.filter((pattern) => matchesName(pattern, touched, whose));
    if (matched.length === 0) return [{ field, rule: refusalOf(touched, patterns, whose) }];
    // what a policy names it gives; by default a name is that of the team whose own is the longest beginning of it
    const owner = matched.every(startsWithTeam) ? otherOwnerOf(touched, whose) : undefined;
    if (owner === undefined) return [];
    return [{ field, rule: `the ${touched.kind.replace('_', ' ')} ${touched.name} is ${owner}` }];
  });
}

/** Whether the lists of all teams and of these name a step type. */
export function isAllowed(policy: Policy, type: string, teams: readonly (string | null)[]): boolean {
  return stepListsFor(policy, teams).every((list) => list.some((pattern) => isType(pattern, type)));
}

/** What the rules of the policy say of a run. A rule without an answer refuses: what it would have said is not known. */
export function judgeRules({ rules }: Policy, run: RuledRun): Judgement {
  const judgement: Judgement = { refusals: [], requirements: [], rules: [] };
  for (const rule of rules) {
    const refuse = (why: string) => judgement.refusals.push({ field: `rules.${rule.name}`, rule: why });
    try {
      if (!appliesTo(rule, run)) continue;
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      refuse(`the rule of the policy has no answer: ${error.message}`);
      continue;
    }
    const message = rule.message ?? null;
    judgement.rules.push({ rule: rule.name, then: rule.then, message });
    if (rule.then === 'deny') refuse(message ?? 'the policy does not allow it');
    else judgement.requirements.push(requirementOf(rule));
  }
  return judgement;
}

/** The names that a step touches; none for a type that there is not. */
export function touchedBy(type: string, input: JsonObject): TouchedName[] {
  return STEP_TYPES.get(type)?.touches(input) ?? [];
}

/** Whether a pattern of step types, such as `storage.*`, covers a type. */
export function isType(pattern: string, type: string): boolean {
  return (
    pattern === '*' || pattern === type || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1)))
  );
}

function startsWithTeam(pattern: string): boolean {
  return ['', 's3a://', 'teams/'].some((before) => pattern.startsWith(`${before}{team}`));
}

/** Whose a name is that starts with the name of the team, if it is not the team's. */
function otherOwnerOf(touched: TouchedName, whose: Judged): string | undefined {
  if (touched.kind === 'user' && touched.name !== whose.requester && whose.users.has(touched.name))
    return 'one that no run for the team made';
  if (whose.buckets.has(bucketOf(touched) ?? '')) return 'one of the platform';
  return otherTeamOf(touched, whose.team, whose.groups) === undefined ? undefined : 'one of another team';
}

function requirementOf({ name, from, count, message, expires_in_seconds }: Rule): Requirement {
  return { rule: name, from: from ?? null, count, message: message ?? null, expires_in_seconds };
}

function refusalOf({ kind, name }: TouchedName, patterns: readonly string[], whose: Judged): string {
  const allowed = patterns.flatMap((pattern) => readable(pattern, kind, whose)).join(', ');
  const what = kind.replace('_', ' ');
  return `the ${what} ${name} is none that a run for ${whose.team} may touch: ${allowed || 'there are none'}`;
}
