/** Which logins name groups, and how the names become groups here (GROUPS_FROM, GROUPS_FROM_MAP). */
export interface GroupsFrom {
  source: 'oidc' | 'kbase' | 'hub';
  /** The claim with the names; empty unless the source is `oidc`. */
  claim: string;
  /** Undefined: each name that a group can have is the group of that name. */
  rules?: readonly GroupRule[];
  /** Record what logins say, and change no membership. */
  dryRun: boolean;
}

/** One entry of GROUPS_FROM_MAP. */
export interface GroupRule {
  pattern: readonly PatternPart[];
  /** The group; `{group}` stands for the part of the name that `{group}` of the pattern matches. */
  group: string;
  role: GroupRuleRole;
}

/** A part of a pattern: this text, a part without slashes that names the group, or any text. */
export type PatternPart = { text: string } | 'group' | 'any';

type GroupRuleRole = 'member' | 'reader' | 'owner';

export const GROUP_PART = '{group}';
/** Roughly a group's name; `policy/names.ts`, which is above this folder, has the whole rule. */
const NAME = /^[A-Za-z][A-Za-z0-9_-]{1,62}$/;
const ROLES: readonly string[] = ['member', 'reader', 'owner'];
const MAX_RULES = 200;

/** Reads GROUPS_FROM_MAP. Throws an Error whose message is the broken rule, without any value. */
export function parseGroupRules(text: string): readonly GroupRule[] {
  const entries = text.split(',').map((each) => each.trim());
  if (entries.length > MAX_RULES) throw new Error(`must have at most ${MAX_RULES} entries`);
  return entries.map((entry, index) => {
    try {
      return parseRule(entry);
    } catch (error) {
      throw new Error(`entry ${index + 1}: ${(error as Error).message}`, { cause: error });
    }
  });
}

function parseRule(entry: string): GroupRule {
  const split = entry.lastIndexOf('=');
  const [pattern, target] = [entry.slice(0, split), entry.slice(split + 1)];
  if (split < 1 || target === '') throw new Error('must be PATTERN=GROUP or PATTERN=GROUP:ROLE');
  const [group = '', role = 'member', ...more] = target.split(':');
  if (more.length > 0 || !ROLES.includes(role))
    throw new Error(`the role must be one of ${ROLES.join(', ')}`);
  if (!NAME.test(group.replace(GROUP_PART, 'xx')))
    throw new Error(`the group must be a group's name, with ${GROUP_PART} at most once`);
  const parts = parsePattern(pattern);
  if (group.includes(GROUP_PART) && !parts.includes('group'))
    throw new Error(`${GROUP_PART} in the group needs ${GROUP_PART} in the pattern`);
  return { pattern: parts, group, role: role as GroupRuleRole };
}

function parsePattern(pattern: string): PatternPart[] {
  const parts = pattern.split(/(\{group\}|\*)/).filter((part) => part !== '');
  const parsed = parts.map((part): PatternPart => {
    if (part === GROUP_PART) return 'group';
    return part === '*' ? 'any' : { text: decoded(part) };
  });
  for (const wild of ['group', 'any'])
    if (parsed.filter((part) => part === wild).length > 1)
      throw new Error(`the pattern may have ${GROUP_PART} once and * once`);
  return parsed;
}

/** `%2C` is a comma, `%2A` an asterisk, `%25` a percent sign. */
function decoded(text: string): string {
  if (/[{}]/.test(text)) throw new Error(`braces in the pattern must be ${GROUP_PART}, %7B or %7D`);
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('a percent sign in the pattern must be %25');
  }
}

/** The variables of this file, as far as their form is checked. */
interface GroupsEnvironment {
  GROUPS_FROM?: string;
  GROUPS_FROM_MAP?: string;
  GROUPS_FROM_DRY_RUN: string;
  OIDC_ISSUER?: string;
  KBASE_AUTH_URL?: string;
  JUPYTERHUB_API_URL?: string;
}

/** The variable that configures a source. */
const NEEDS = { oidc: 'OIDC_ISSUER', kbase: 'KBASE_AUTH_URL', hub: 'JUPYTERHUB_API_URL' } as const;

/** Undefined if logins name no groups. Adds to `problems` each broken rule. */
export function groupsFromOf(env: GroupsEnvironment, problems: string[]): GroupsFrom | undefined {
  const { GROUPS_FROM: from, GROUPS_FROM_MAP: map } = env;
  if (from === undefined) {
    if (map !== undefined) problems.push('GROUPS_FROM_MAP needs GROUPS_FROM');
    return undefined;
  }
  const [source, claim = ''] = from.split(/:(.*)/s) as [GroupsFrom['source'], string?];
  if (!(source in NEEDS)) return undefined;
  if (env[NEEDS[source]] === undefined) problems.push(`GROUPS_FROM needs ${NEEDS[source]}`);
  try {
    const rules = map === undefined ? undefined : parseGroupRules(map);
    return { source, claim, rules, dryRun: env.GROUPS_FROM_DRY_RUN === 'true' };
  } catch (error) {
    problems.push(`GROUPS_FROM_MAP ${(error as Error).message}`);
    return undefined;
  }
}
