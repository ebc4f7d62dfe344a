import type { ShownQuery } from './list-query.js';
import { reading } from './scimmy.js';
import { BASE } from './shapes.js';

/** A person as answers have it. */
export interface ShownUser {
  id: string;
  externalId?: string;
  userName: string;
  active: boolean;
  meta: { created: Date };
}

/** A group as answers have it. */
export interface ShownGroup {
  id: string;
  externalId?: string;
  displayName: string;
  members: { value: string; display: string; type: 'User' }[];
  meta: { created: Date };
}

/** With the attributes that the request asks for. */
export function showUser(user: ShownUser, query: ShownQuery = {}): Promise<object> {
  return reading(({ Schemas, Types }) => {
    const asked = attributesOf(query);
    const filter = asked === undefined ? undefined : new Types.Filter(asked);
    return plain(new Schemas.User(user, 'out', `${BASE}/Users`, filter));
  });
}

export function showGroup(group: ShownGroup, query: ShownQuery = {}): Promise<object> {
  return reading(({ Schemas, Types }) => {
    const asked = attributesOf(query);
    const filter = asked === undefined ? undefined : new Types.Filter(asked);
    return plain(new Schemas.Group(group, 'out', `${BASE}/Groups`, filter));
  });
}

/** Whether the answer has the members of groups: reading those of many takes long. */
export function showsMembers({ attributes, excludedAttributes }: ShownQuery): boolean {
  const names = (text: string) =>
    text
      .toLowerCase()
      .split(',')
      .map((each) => each.trim());
  if (attributes !== undefined) return names(attributes).some((each) => each.split('.')[0] === 'members');
  return !names(excludedAttributes ?? '').includes('members');
}

/** As a filter of the package: which attributes are present (`pr`) or are not (`np`). */
function attributesOf({ attributes, excludedAttributes }: ShownQuery): string | undefined {
  const text = attributes ?? excludedAttributes;
  const names = (text ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => /^[A-Za-z][\w.-]*$/.test(each));
  if (names.length === 0) return undefined;
  return names.map((each) => `${each} ${attributes === undefined ? 'np' : 'pr'}`).join(' and ');
}

/** The package's objects have fields that are not to be written. */
function plain(resource: object): object {
  return JSON.parse(JSON.stringify(resource)) as object;
}
