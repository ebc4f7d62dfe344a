import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { currentLine } from '../../common/turns/line.js';
import { Problem } from '../../common/problems/problem.js';
import { Turns } from '../../common/turns/turns.js';
import { AppConfig } from '../../config/app-config.js';
import type { EventName, Files, Finding, Provider } from '../../documents/model.js';
import { digestOf } from '../../documents/providers/digest.js';
import { readProvider } from '../../documents/providers/read-provider.js';
import { PolicyFile } from '../../governance/file/policy-file.js';
import { EVENTS, EVENTS_OF_TEAMS, isStartedBy } from '../../documents/workflows/events.js';
import { isAllowed } from '../../governance/judge.js';
import type { Policy } from '../../governance/policy.js';
import { CompiledVersions } from '../catalogue/compiled-versions.js';
import type { LoadResult, Registration } from '../providers.store.js';
import { readFolder } from '../sources/folder-source.js';
import { readGit } from '../sources/git/git-source.js';
import { invalid, type LoadFailure, unread } from './load-failure.js';

/** What of a registration decides what is read. */
export type Source = Pick<
  Registration,
  'name' | 'team' | 'source' | 'git_url' | 'ref' | 'path' | 'pin' | 'token_ref' | 'verify'
>;

/** What a read gave, or why it gave nothing. */
export type ReadResult = LoadResult & { error?: LoadFailure };

/** A load holds as much of a repository in memory as `sources/git` allows: few of them run at once. */
const LOADS = { atOnce: 2, perLine: 1, maxWaiting: 20 };

/** Reads a provider from its source and checks it, aside from what is current. */
@Injectable()
export class ProviderReader {
  private readonly turns = new Turns(LOADS, busy);

  constructor(
    private readonly config: AppConfig,
    private readonly compiled: CompiledVersions,
    private readonly policies: PolicyFile,
  ) {}

  /** Throws `busy` if the caller has too many loads that wait. */
  async read(source: Source): Promise<ReadResult> {
    const leave = await this.turns.enter(currentLine());
    try {
      return await this.resultOf(source);
    } finally {
      leave();
    }
  }

  /** Reads what `find` gives when the caller's turn has come: before, it would become stale. Undefined: it gives nothing. */
  async readCurrent<S extends Source>(
    find: () => Promise<S | undefined>,
  ): Promise<{ source: S; result: ReadResult } | undefined> {
    const leave = await this.turns.enter(currentLine());
    try {
      const source = await find();
      return source && { source, result: await this.resultOf(source) };
    } finally {
      leave();
    }
  }

  private async resultOf(source: Source): Promise<ReadResult> {
    try {
      const { files, commit } = await this.filesOf(source);
      const { value, errors } = readProvider(files);
      if (!value) return { error: invalid(errors) };
      const misnamed = nameError(source, value.name, files);
      if (misnamed) return { error: invalid([misnamed]) };
      const refused = stepErrors(this.policies.current, source.team ?? null, value);
      if (refused.length > 0) return { error: invalid(refused) };
      const foreign = source.team ? foreignTriggers(value) : [];
      if (foreign.length > 0) return { error: invalid(foreign) };
      const digest = digestOf(files);
      this.compiled.put(source.name, digest, value);
      return { loaded: { digest, commit, files, events: eventsOf(value) } };
    } catch (error) {
      return { error: unread(error) };
    }
  }

  private async filesOf(source: Source): Promise<{ files: Files; commit: string | null }> {
    const { dir, git } = this.config.providers;
    if (source.source === 'folder') return { files: await readFolder(join(dir, source.path)), commit: null };
    const { git_url, ref = null, path, pin = null, token_ref = null, verify, team = null } = source;
    return readGit({ git_url: git_url ?? '', ref, path, pin, token_ref, verify, team }, git);
  }
}

/** The document and the registration must agree: people see the one and run the other. */
function nameError({ name, team }: Source, found: string, files: Files): Finding | undefined {
  const expected = team ? name.slice(team.length + 1) : name;
  if (found === expected) return undefined;
  const file = [...files.keys()].find((path) => /^(provider|platform)\.ya?ml$/.test(path)) ?? 'provider.yaml';
  const message = `The provider is called ${found} here, and ${expected} where it comes from`;
  return { file, line: 1, column: 1, message, suggestion: expected };
}

/** The policy of workflows must allow every step. */
function stepErrors(policy: Policy, team: string | null, { workflows }: Provider): Finding[] {
  return workflows.flatMap(({ file, steps }) =>
    steps
      .filter(({ type }) => !isAllowed(policy, type, [team]))
      .map(({ name, type }) => ({
        ...{ file, line: 1, column: 1 },
        message: `Step \`${name}\`: steps of the type ${type} are not allowed here`,
      })),
  );
}

/** A team's provider knows nothing of what happens elsewhere. */
function foreignTriggers({ workflows }: Provider): Finding[] {
  return workflows.flatMap(({ file, name, triggers }) =>
    triggers
      .filter((each) => each !== 'manual' && !EVENTS_OF_TEAMS.includes(each))
      .map((each) => ({
        ...{ file, line: 1, column: 1 },
        message: `Workflow \`${name}\`: \`${each}\` starts workflows of providers of the platform only`,
      })),
  );
}

function eventsOf({ workflows }: Provider): EventName[] {
  const names = Object.keys(EVENTS) as EventName[];
  return names.filter((event) => workflows.some((workflow) => isStartedBy(event, workflow)));
}

function busy(): Problem {
  return new Problem('busy', 'Too many loads of providers are waiting', { retryAfterSeconds: 10 });
}
