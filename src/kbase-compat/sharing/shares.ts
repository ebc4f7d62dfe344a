import { Injectable } from '@nestjs/common';
import { AccessWriter, type Mutation } from '../../access/changes/writer.js';
import { type Accessor, Explain } from '../../access/explain/explain.js';
import type { SubjectKey } from '../../access/subjects/subject-key.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { brokenRule, Problem } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import { EVERYONE } from '../../policy/names.js';
import { isBelowHome, type LakePath, parsePath } from '../../policy/paths.js';
import { Sharing } from '../../sharing/sharing.js';
import type { TargetResult } from '../../sharing/target-result.js';
import { KbaseError, requireEnforced } from '../errors/kbase-error.js';
import { isReadersName, KbaseGroups } from '../groups/kbase-groups.js';

/** Whom a change of shares reached, and why others not. */
export interface ShareOutcome {
  users: string[];
  groups: string[];
  errors: string[];
}

/** Users and groups, by KBase's names. */
export interface Names {
  users: readonly string[];
  groups: readonly string[];
}

/** Shares of the caller's own paths, by KBase's rules about targets. */
@Injectable()
export class KbaseShares {
  constructor(
    private readonly sharing: Sharing,
    private readonly groups: KbaseGroups,
    private readonly writer: AccessWriter,
    private readonly explain: Explain,
    private readonly config: AppConfig,
  ) {}

  async share(
    path: LakePath,
    names: Names,
    permission: 'read' | 'write',
    context: RequestContext,
  ): Promise<ShareOutcome> {
    const { keys, errors } = await this.targets(names);
    if (keys.length === 0) return { users: [], groups: [], errors };
    const spec = { path, permission, expiresAt: null, reason: null, with: keys };
    return this.run(this.sharing.share(context.name, spec, context), errors, context);
  }

  async unshare(path: LakePath, names: Names, context: RequestContext): Promise<ShareOutcome> {
    const { keys, errors } = await this.targets(names);
    if (keys.length === 0) return { users: [], groups: [], errors };
    return this.run(this.sharing.unshare(context.name, { path, from: keys }, context), errors, context);
  }

  /** Ends every share of exactly this path. */
  async unshareAll(path: LakePath, context: RequestContext): Promise<ShareOutcome> {
    return this.run(this.sharing.unshare(context.name, { path, from: [] }, context), [], context);
  }

  /** Who reaches the path, by whatever way. */
  reachers(path: LakePath, { name, caller: { admin } }: RequestContext): Promise<Accessor[]> {
    return this.explain.reachers(path, { name, admin });
  }

  /** The path, which must lie in a home of the caller. */
  ownPath(text: string, context: RequestContext): LakePath {
    const path = pathOf(text);
    if (isBelowHome(path, this.config.lake, context.name)) return path;
    throw new KbaseError('governance', `The path lies in no home of ${context.name}`);
  }

  /** The path, if the caller may ask who reaches it. */
  askedPath(text: string, context: RequestContext): LakePath {
    const path = pathOf(text);
    if (context.caller.admin || this.explain.ownerOf(path) === context.name) return path;
    throw new KbaseError('governance', `The path lies in no home of ${context.name}`);
  }

  /** This service shares with whole groups: a name of readers alone is an error for that target. */
  private async targets({ users, groups }: Names): Promise<{ keys: SubjectKey[]; errors: string[] }> {
    const keys: SubjectKey[] = users.map((name) => ({ kind: 'user', name }));
    const errors: string[] = [];
    for (const name of groups) {
      const found = isReadersName(name) ? await this.groups.find(name) : undefined;
      if (!found?.readers) keys.push({ kind: 'group', name });
      else
        errors.push(
          errorOf('group', name, `share with ${found.row.name}: its readers only read what it can write`),
        );
    }
    return { keys, errors };
  }

  private async run(
    mutation: Mutation<TargetResult[]>,
    errors: string[],
    context: RequestContext,
  ): Promise<ShareOutcome> {
    const results = await this.resultsOf(mutation, context);
    const done = results.filter(({ status }) => status !== 'refused');
    const refused = results.filter(({ status }) => status === 'refused');
    return {
      users: done.filter(({ kind }) => kind === 'user').map(({ name }) => name),
      groups: done.filter(({ kind }) => kind === 'group').map(({ name }) => name),
      errors: [
        ...errors,
        ...refused.map(({ kind, name, message }) => errorOf(kind, name, message ?? 'refused')),
      ],
    };
  }

  /** KBase has no error for a request all of whose targets are refused: each of them has its own. */
  private async resultsOf(
    mutation: Mutation<TargetResult[]>,
    context: RequestContext,
  ): Promise<TargetResult[]> {
    try {
      return requireEnforced(await this.writer.run(mutation, context)).value;
    } catch (error) {
      if (error instanceof Problem && error.code === 'all_refused')
        return error.extra.results as TargetResult[];
      throw error;
    }
  }
}

/** Whether the path is open to all users, however that came. */
export function isPublic(reachers: readonly Accessor[]): boolean {
  return reachers.some(({ kind, name }) => kind === 'group' && name === EVERYONE);
}

function errorOf(kind: string, name: string, why: string): string {
  return `Error sharing with ${kind} ${name}: ${why}`;
}

function pathOf(text: string): LakePath {
  const parsed = parsePath(text);
  if (!parsed.ok) throw brokenRule('path', parsed.rule);
  return parsed.path;
}
