import { Injectable, Logger } from '@nestjs/common';
import type { Caller, LoginGroup } from '../../common/caller.js';
import { AppConfig } from '../../config/app-config.js';
import { GROUP_PART, type GroupRule, type GroupsFrom } from '../../config/parts/groups-from.js';
import { checkGroupName } from '../../policy/names.js';

/** Beyond these a login says nothing: part of the names would be a wrong answer. */
const MAX_NAMES = 1000;
const MAX_GROUPS = 200;
/** Longer names match nothing. */
const MAX_NAME_CHARACTERS = 500;
const RANK = { reader: 1, member: 2, owner: 3 } as const;

/** Makes groups of the names in a login, by GROUPS_FROM and GROUPS_FROM_MAP. */
@Injectable()
export class LoginGroupNames {
  private readonly logger = new Logger('LoginGroups');
  readonly #groupsOf: ((names: readonly string[]) => LoginGroup[]) | undefined;
  #reported = false;

  constructor(private readonly config: AppConfig) {
    if (config.groupsFrom) this.#groupsOf = groupMapping(config.groupsFrom.rules);
  }

  /**
   * The part of a caller that a login at this source gives. `names`: the groups that it named, undefined if it does not say. `asOf`: when
   * it said so, in milliseconds since 1970.
   */
  of(
    source: GroupsFrom['source'],
    names: readonly string[] | undefined,
    asOf: number,
  ): Pick<Caller, 'loginGroups'> {
    if (!this.#groupsOf || this.config.groupsFrom?.source !== source || !names) return {};
    if (names.length > MAX_NAMES) return this.tooMany('names', MAX_NAMES);
    const groups = this.#groupsOf(names);
    if (groups.length > MAX_GROUPS) return this.tooMany('groups', MAX_GROUPS);
    return { loginGroups: { groups, nothing: names.length === 0, asOf } };
  }

  private tooMany(what: string, limit: number): Pick<Caller, 'loginGroups'> {
    if (!this.#reported) this.logger.warn(`A login has more than ${limit} ${what}: its groups are ignored`);
    this.#reported = true;
    return {};
  }
}

/** The function from names to groups: by name, each once, with its highest role. */
export function groupMapping(
  rules: readonly GroupRule[] | undefined,
): (names: readonly string[]) => LoginGroup[] {
  const expressions = rules?.map((rule) => ({ rule, expression: expressionOf(rule) }));
  const found = (name: string): LoginGroup[] =>
    expressions === undefined
      ? [{ group: name, role: 'member' }]
      : expressions.flatMap(({ rule: { group, role }, expression }) => {
          const match = expression.exec(name);
          return match ? [{ group: group.replace(GROUP_PART, () => match[1] ?? ''), role }] : [];
        });
  return (names) => {
    const highest = new Map<string, LoginGroup>();
    for (const each of names.filter((name) => name.length <= MAX_NAME_CHARACTERS).flatMap(found)) {
      const known = highest.get(each.group);
      if (checkGroupName(each.group) || (known && RANK[known.role] >= RANK[each.role])) continue;
      highest.set(each.group, each);
    }
    return [...highest.values()].sort((a, b) => (a.group < b.group ? -1 : 1));
  };
}

function expressionOf({ pattern }: GroupRule): RegExp {
  const parts = pattern.map((part) => {
    if (part === 'group') return '([^/]+)';
    return part === 'any' ? '.*' : part.text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`, 's');
}
