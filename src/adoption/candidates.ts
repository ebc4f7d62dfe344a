import { Injectable } from '@nestjs/common';
import { Enforcer } from '../access/enforce/enforcer.js';
import { ForeignAccess, type ForeignPolicy } from '../access/explain/foreign-access.js';
import type { SubjectKey } from '../access/subjects/subject-key.js';
import { Subjects } from '../access/subjects/subjects.js';
import { isUnwritten } from '../access/subjects/subject-state.js';
import { Problem, type ProblemCode } from '../common/problems/problem.js';
import { AppConfig } from '../config/app-config.js';
import type { SubjectRow } from '../database/schema.js';
import { Deletions } from '../deletions/deletions.js';
import { administers } from '../policy/foreign/administers.js';
import { checkGroupName, checkUserName, minioGroup, principalOf } from '../policy/names.js';
import type { AskedGroup } from './adoption.dto.js';

/** Why something is not adopted; the message is for people. */
export interface Refusal {
  code: ProblemCode;
  message: string;
}

/** A MinIO user that may be adopted, or is of this service already. */
export interface UserCandidate {
  kind: 'user';
  name: string;
  /** Of a user of this service. */
  row: SubjectRow | undefined;
  /** Of a person who has called, and needed nothing in MinIO yet. */
  unwritten: SubjectRow | undefined;
  status: 'enabled' | 'disabled';
  /** All policies that MinIO has attached to the user. */
  attached: readonly string[];
  /** The foreign ones of them. */
  policies: ForeignPolicy[];
}

/** A MinIO group that may be adopted, or is of this service already. */
export interface GroupCandidate {
  kind: 'group';
  name: string;
  row: SubjectRow | undefined;
  /** MinIO names of its members, and of the members of the group of readers. */
  members: readonly string[];
  readers: readonly string[];
  readersGroup: string | undefined;
  /** Its foreign policies, and those of the group of readers. */
  policies: ForeignPolicy[];
  readersPolicies: ForeignPolicy[];
}

export type Candidate = UserCandidate | GroupCandidate;

/** Without what this service cannot send to MinIO as a name. */
const GROUP_OF_READERS = /^[^\p{Cc}\p{Cs},=]+$/u;

/** Looks at what MinIO has, and refuses what cannot be taken over without a loss. */
@Injectable()
export class Candidates {
  constructor(
    private readonly subjects: Subjects,
    private readonly enforcer: Enforcer,
    private readonly foreign: ForeignAccess,
    private readonly deletions: Deletions,
    private readonly config: AppConfig,
  ) {}

  async user(name: string): Promise<UserCandidate | Refusal> {
    const problem = checkUserName(name, { rootUser: this.config.minio.accessKey });
    if (problem) return invalid(problem.code, problem.rule);
    const key: SubjectKey = { kind: 'user', name };
    const found = await this.subjects.find(key);
    const unwritten = found && isUnwritten(found) ? found : undefined;
    const row = unwritten ? undefined : found;
    if (found?.status === 'removing') return { code: 'user_being_removed', message: 'It is being removed.' };
    const { user } = await this.enforcer.observe(key);
    const status = user?.status ?? 'disabled';
    const candidate: UserCandidate = {
      kind: 'user',
      name,
      row,
      unwritten,
      status,
      attached: [],
      policies: [],
    };
    if (!user) return row ? candidate : { code: 'not_found', message: 'MinIO has no user of this name.' };
    const refusal = row ? undefined : await this.whileDeleted(name);
    if (refusal) return refusal;
    const { policies } = await this.foreign.ofUser(principalOf(name));
    const mighty = policies.find(({ document }) => administers(document));
    if (!row && mighty) return administrator(mighty);
    const own = policies.filter(({ group }) => group === undefined);
    return { ...candidate, attached: user.policies, policies: own };
  }

  async group({ group_name: name, readers_group }: AskedGroup): Promise<GroupCandidate | Refusal> {
    const problem = checkGroupName(name);
    if (problem) return invalid(problem.code, problem.rule);
    const row = await this.subjects.find({ kind: 'group', name });
    if (row && row.name !== name)
      return {
        code: 'name_taken',
        message: `The group ${row.name} exists; names may not differ in case only.`,
      };
    if (row?.status === 'removing') return { code: 'name_taken', message: 'It is being removed.' };
    const main = await this.foreign.groupWithMembers(minioGroup(name));
    if (!main) return { code: 'not_found', message: 'MinIO has no group of this name.' };
    if (main.locked) return disabled(name);
    const readers = readers_group === undefined ? undefined : await this.readersOf(readers_group, name);
    if (readers && 'code' in readers) return readers;
    return {
      kind: 'group',
      name,
      row,
      members: main.members,
      readers: readers?.members ?? [],
      readersGroup: readers_group,
      policies: main.policies,
      readersPolicies: readers?.policies ?? [],
    };
  }

  private async readersOf(group: string, name: string) {
    if (!GROUP_OF_READERS.test(group)) return invalid('unprocessable', 'MinIO has no such names of groups');
    if (group === name) return invalid('unprocessable', 'readers_group is another group');
    if (group.startsWith('mgr:') || (await this.subjects.find({ kind: 'group', name: group })))
      return invalid('unprocessable', `${group} is a group of this service`);
    const found = await this.foreign.groupWithMembers(group);
    if (!found) return { code: 'not_found', message: `MinIO has no group ${group}.` } satisfies Refusal;
    return found.locked ? disabled(group) : found;
  }

  /** The data of a former user of that name may still be being deleted. */
  private async whileDeleted(name: string): Promise<Refusal | undefined> {
    try {
      await this.deletions.refuseWhileOpen(name);
      return undefined;
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'user_being_removed') throw error;
      return { code: error.code, message: error.message };
    }
  }
}

function invalid(code: string, rule: string): Refusal {
  return {
    code: code === 'reserved_name' ? code : 'unprocessable',
    message: `The name is not possible here: ${rule}.`,
  };
}

function administrator({ policy_name, group }: ForeignPolicy): Refusal {
  const through = group === undefined ? policy_name : `${policy_name} of the group ${group}`;
  const message = `Its policy ${through} gives rights over the server, which users of this service never have: detach it first.`;
  return { code: 'not_possible', message };
}

function disabled(group: string): Refusal {
  const message = `The group ${group} is disabled in MinIO, and its members have no access: enable it first.`;
  return { code: 'not_possible', message };
}
