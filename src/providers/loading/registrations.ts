import { Injectable } from '@nestjs/common';
import { Subjects } from '../../access/subjects/subjects.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { brokenRule, Problem } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import type { ProviderRow } from '../../database/schema.js';
import { Catalogue, type Teams } from '../catalogue/catalogue.js';
import { ProvidersStore, type Registration } from '../providers.store.js';
import { requireGitUrl } from '../sources/git/git-address.js';

import { problemOf, unread } from './load-failure.js';

/** A registration as it is asked for. */
export interface RegistrationRequest {
  name: string;
  git_url: string;
  path?: string;
  ref?: string;
  team?: string;
  pin?: string;
  token_ref?: string;
  verify?: { signers: string[] };
}

/** Names that are routes. */
const RESERVED = ['stats', 'validate'];

/** Who may register and change which provider: the owners of its team, and administrators. */
@Injectable()
export class Registrations {
  constructor(
    private readonly config: AppConfig,
    private readonly subjects: Subjects,
    private readonly catalogue: Catalogue,
    private readonly store: ProvidersStore,
  ) {}

  /** Checks a request, and that the caller may make it. */
  async registrationOf(request: RegistrationRequest, context: RequestContext): Promise<Registration> {
    const {
      name,
      team,
      git_url,
      path = '',
      ref = null,
      pin = null,
      token_ref = null,
      verify = null,
    } = request;
    const teams = await this.catalogue.teamsOf(context.caller);
    const group = team === undefined ? null : await this.teamOf(team, teams);
    if (!teams.admin && group === null) throw notOwner();
    if (RESERVED.includes(name) && group === null)
      throw brokenRule('name', 'is the name of a route', 'reserved_name');
    try {
      requireGitUrl(git_url, this.config.providers.git);
    } catch (error) {
      throw problemOf(unread(error));
    }
    return {
      name: group ? `${group.name}/${name}` : name,
      ...{ team: group?.name ?? null, team_id: group?.id ?? null },
      ...{ source: 'git', git_url, path, ref, pin, token_ref, verify, registered_by: context.name },
    };
  }

  /** The providers that the caller may change, by name. */
  async owned({ caller }: RequestContext): Promise<ProviderRow[]> {
    const [rows, teams] = await Promise.all([this.store.all(), this.catalogue.teamsOf(caller)]);
    return rows.filter((row) => owns(teams, row));
  }

  /** A provider that the caller may change. Throws `not_found` if the caller cannot see it, `forbidden` if that is all. */
  async ownedOne(name: string, { caller }: RequestContext): Promise<ProviderRow> {
    const { row } = await this.catalogue.find(name, caller);
    if (!owns(await this.catalogue.teamsOf(caller), row)) throw notOwner();
    return row;
  }

  /** Whether or not the group exists, others learn only that they do not own it. */
  private async teamOf(team: string, { admin, owner }: Teams): Promise<{ id: string; name: string }> {
    const group = await this.subjects.find({ kind: 'group', name: team });
    const exists = group?.name === team && group.status !== 'removing';
    if (exists && (admin || owner.has(group.id))) return group;
    if (admin) throw brokenRule('team', 'must be a group');
    throw notOwner();
  }
}

function owns({ admin, owner }: Teams, { team_id }: ProviderRow): boolean {
  return admin || (team_id !== null && owner.has(team_id));
}

function notOwner(): Problem {
  return new Problem('forbidden', 'Only an owner of the team or an administrator may do this');
}
