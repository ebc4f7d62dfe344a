import { Injectable, type PipeTransform } from '@nestjs/common';
import { Subjects } from '../../access/subjects/subjects.js';
import { brokenRule, Problem } from '../../common/problems/problem.js';
import type { GroupRole, SubjectRow } from '../../database/schema.js';
import { EVERYONE } from '../../policy/names.js';
import { KbaseError } from '../errors/kbase-error.js';

/** KBase has two groups for each tenant: the second one, of readers, has this at the end of its name. */
const READERS = 'ro';

/** The letters of our names; a name of readers is two letters longer. */
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,64}$/;

/** A group as KBase names it: a group of ours, or the readers of one. */
export interface KbaseGroup {
  row: SubjectRow;
  readers: boolean;
}

/** What KBase calls the group in which a member with this role is. */
export function kbaseName(groupName: string, role: GroupRole): string {
  return role === 'reader' ? readersName(groupName) : groupName;
}

/** KBase's name of the readers of a group. */
export function readersName(groupName: string): string {
  return groupName + READERS;
}

/** Whether KBase takes the name for one of readers. */
export function isReadersName(name: string): boolean {
  return name.endsWith(READERS);
}

/** A path parameter that may be the name of a group in KBase. */
@Injectable()
export class KbaseGroupPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    if (NAME.test(value)) return value;
    throw brokenRule('group_name', '1 to 65 characters of A-Z a-z 0-9 _ -, the first a letter');
  }
}

/** Finds the groups that KBase's names mean. */
@Injectable()
export class KbaseGroups {
  constructor(private readonly subjects: Subjects) {}

  /** Throws `not_possible` for a name that means two groups. */
  async find(name: string): Promise<KbaseGroup | undefined> {
    const own = await this.group(name);
    const base = isReadersName(name) ? await this.group(name.slice(0, -READERS.length)) : undefined;
    if (own && base)
      throw new Problem(
        'not_possible',
        `${name} is a group and, for KBase's clients, the readers of ${base.name}: only this service's own API tells them apart`,
      );
    if (base) return { row: base, readers: true };
    return own && { row: own, readers: false };
  }

  async require(name: string): Promise<KbaseGroup> {
    const found = await this.find(name);
    if (!found) throw new KbaseError('group_not_found', `There is no group ${name}`);
    return found;
  }

  /** The group of exactly this name; undefined for the group of all users, which is no tenant. */
  async group(name: string): Promise<SubjectRow | undefined> {
    if (name === '' || name === EVERYONE) return undefined;
    const row = await this.subjects.find({ kind: 'group', name });
    // names are found regardless of case
    return row?.name === name && row.status === 'active' ? row : undefined;
  }
}
