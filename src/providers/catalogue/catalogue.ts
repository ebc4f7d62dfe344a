import { Injectable } from '@nestjs/common';
import { Memberships } from '../../access/memberships/memberships.js';
import type { Caller } from '../../common/caller.js';
import { Problem } from '../../common/problems/problem.js';
import type { ProviderRow } from '../../database/schema.js';
import type { Provider, Workflow } from '../../documents/model.js';
import { ProvidersStore } from '../providers.store.js';
import { CompiledVersions } from './compiled-versions.js';

/** Identifies what a run was accepted with. */
export interface ProviderVersion {
  /** SHA-256 of the files, in hex. */
  digest: string;
  /** Of a Git provider: the commit that was loaded. */
  commit?: string;
}

/** The current version of a provider. */
export interface CurrentProvider {
  /** The name in the catalogue; of a team's provider `team/name`. */
  name: string;
  provider: Provider;
  version: ProviderVersion;
  /** The group that owns it; null: the platform. */
  team: string | null;
}

/** A workflow of the current version of a provider. */
export interface CurrentWorkflow extends CurrentProvider {
  workflow: Workflow;
}

/** A provider as a caller sees it; `current` is undefined if none was ever loaded. */
export interface Listed {
  row: ProviderRow;
  current: CurrentProvider | undefined;
}

/** The teams of a caller: ids of groups. */
export interface Teams {
  /** Everybody's providers are the administrator's. */
  admin: boolean;
  member: ReadonlySet<string>;
  owner: ReadonlySet<string>;
}

/**
 * Providers and their workflows, as callers see them. A provider without a team is everybody's; one of a team does not exist for those
 * outside. Which version is current is read from the database each time, so that all replicas agree.
 */
@Injectable()
export class Catalogue {
  constructor(
    private readonly store: ProvidersStore,
    private readonly compiled: CompiledVersions,
    private readonly memberships: Memberships,
  ) {}

  /** The current version of a provider. Throws `not_found` if the caller cannot see it, or none was ever loaded. */
  async require(name: string, caller: Caller): Promise<CurrentProvider> {
    const { current } = await this.find(name, caller);
    if (!current) throw new Problem('not_found', 'No version of this provider was ever loaded');
    return current;
  }

  /** A workflow of the current version. Throws `not_found`. */
  async workflow(provider: string, workflow: string, caller: Caller): Promise<CurrentWorkflow> {
    const current = await this.require(provider, caller);
    const found = current.provider.workflows.find(({ name }) => name === workflow);
    if (!found) throw new Problem('not_found', 'The provider has no such workflow');
    return { ...current, workflow: found };
  }

  /** Every provider that the caller sees, by name. */
  async list(caller: Caller): Promise<Listed[]> {
    const [rows, teams] = await Promise.all([this.store.all(), this.teamsOf(caller)]);
    const visible = rows.filter((row) => sees(teams, row));
    return Promise.all(visible.map(async (row) => ({ row, current: await this.currentOf(row) })));
  }

  /** One of {@link list}. Throws `not_found`. */
  async find(name: string, caller: Caller): Promise<Listed> {
    const [row, teams] = await Promise.all([this.store.find(name), this.teamsOf(caller)]);
    if (!row || !sees(teams, row)) throw missing();
    return { row, current: await this.currentOf(row) };
  }

  /** Every golden path that the caller sees, by provider, in the order of the documents. */
  async goldenPaths(caller: Caller): Promise<CurrentWorkflow[]> {
    const listed = await this.list(caller);
    return listed.flatMap(({ current }) => {
      const paths = current?.provider.workflows.filter(({ category }) => category === 'goldenpath');
      return current ? (paths ?? []).map((workflow) => ({ ...current, workflow })) : [];
    });
  }

  /**
   * A golden path by the name of its workflow, or by `PROVIDER/WORKFLOW`. Throws `not_found`, and `not_possible` if several providers have
   * one of that name.
   */
  async goldenPath(name: string, caller: Caller): Promise<CurrentWorkflow> {
    const found = (await this.goldenPaths(caller)).filter(
      (each) => each.workflow.name === name || `${each.name}/${each.workflow.name}` === name,
    );
    const [path, other] = found;
    if (!path) throw new Problem('not_found', 'There is no such golden path');
    if (other)
      throw new Problem(
        'not_possible',
        `Several providers have it: ask for ${path.name}/${path.workflow.name}`,
      );
    return path;
  }

  /** The groups of a caller. A service is in none. */
  async teamsOf({ admin, kind, name }: Caller): Promise<Teams> {
    const groups = admin || kind === 'service' ? [] : await this.memberships.groupsOfName(name);
    const owned = groups.filter(({ role }) => role === 'owner');
    const ids = (list: typeof groups) => new Set(list.map(({ group_id }) => group_id));
    return { admin, member: ids(groups), owner: ids(owned) };
  }

  private async currentOf({ name, team, digest, commit }: ProviderRow): Promise<CurrentProvider | undefined> {
    const provider = digest === null ? undefined : await this.compiled.get(name, digest);
    if (digest === null || !provider) return undefined;
    return { name, provider, team, version: { digest, ...(commit === null ? {} : { commit }) } };
  }
}

function sees({ admin, member }: Teams, { team_id }: ProviderRow): boolean {
  return admin || team_id === null || member.has(team_id);
}

function missing(): Problem {
  return new Problem('not_found', 'There is no such provider');
}
