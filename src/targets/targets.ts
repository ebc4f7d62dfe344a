import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { brokenRule } from '../common/problems/problem.js';
import { AppConfig } from '../config/app-config.js';
import type { TargetConfig } from '../config/targets.js';
import { Forge } from './git/forge.js';
import { HttpService } from './http/http-service.js';
import { Kubernetes } from './kubernetes/kubernetes.js';
import { Postgres } from './postgres/postgres.js';
import { Vault } from './vault/vault.js';

type Kind = TargetConfig['kind'];

/** The configured targets, and which team may use which. */
@Injectable()
export class Targets implements OnApplicationShutdown {
  readonly #targets: readonly TargetConfig[];
  readonly #vaults = new Map<string, Vault>();
  readonly #postgres = new Map<string, Postgres>();
  readonly #http = new Map<string, HttpService>();
  readonly #kubernetes = new Map<string, Kubernetes>();
  readonly #forges = new Map<string, Forge>();

  constructor({ targets }: AppConfig) {
    this.#targets = targets;
  }

  /** The targets that a team may use; without a team, those of all teams. */
  of(team: string | undefined): TargetConfig[] {
    return this.#targets.filter(
      ({ teams }) => teams === 'all' || (team !== undefined && teams.includes(team)),
    );
  }

  /** The kinds of targets of which a step of this team that names none finds one. */
  kindsFor(team: string): Kind[] {
    const kinds = this.of(team).map(({ kind }) => kind);
    return [...new Set(kinds)].filter((kind) => kinds.indexOf(kind) === kinds.lastIndexOf(kind));
  }

  /**
   * The target of this name, or the only one of its kind if there is no name. Throws a broken rule of the field `target` that says which the
   * team may use: of others it does not tell whether they exist.
   */
  require<K extends Kind>(
    kind: K,
    name: string | undefined,
    team: string | undefined,
  ): TargetConfig & { kind: K } {
    const usable = this.of(team).filter((each): each is TargetConfig & { kind: K } => each.kind === kind);
    const found =
      name === undefined ? usable.length === 1 && usable[0] : usable.find((each) => each.name === name);
    if (found) return found;
    const who = team === undefined ? 'without a team' : `by the team ${team}`;
    if (usable.length === 0) throw brokenRule('target', `no ${kind} target is configured for use ${who}`);
    const names = usable.map((each) => each.name).join(', ');
    throw brokenRule('target', `must be one of ${names}: the ${kind} targets that can be used ${who}`);
  }

  /** A client of the Vault; see {@link require}. */
  vault(name: string | undefined, team: string | undefined): Vault {
    const target = this.require('vault', name, team);
    return kept(this.#vaults, target.name, () => new Vault(target));
  }

  /** A client of the PostgreSQL server; see {@link require}. */
  postgres(name: string | undefined, team: string | undefined): Postgres {
    const target = this.require('postgres', name, team);
    return kept(this.#postgres, target.name, () => new Postgres(target));
  }

  /** A client of the PostgreSQL server that this service itself keeps something on: no team must be allowed to use it. */
  ownPostgres(name: string): Postgres {
    const found = this.#targets.find((each) => each.name === name);
    if (found?.kind !== 'postgres') throw new Error('the configuration names a target that is not there');
    return kept(this.#postgres, name, () => new Postgres(found));
  }

  /** A client of the HTTP service; see {@link require}. */
  http(name: string | undefined, team: string | undefined): HttpService {
    const target = this.require('http', name, team);
    return kept(this.#http, target.name, () => new HttpService(target));
  }

  /** A client of the Kubernetes; see {@link require}. */
  kubernetes(name: string | undefined, team: string | undefined): Kubernetes {
    const target = this.require('kubernetes', name, team);
    return kept(this.#kubernetes, target.name, () => new Kubernetes(target));
  }

  /** A client of the forge; see {@link require}. */
  git(name: string | undefined, team: string | undefined): Forge {
    const target = this.require('git', name, team);
    return kept(this.#forges, target.name, () => new Forge(target));
  }

  onApplicationShutdown(): void {
    for (const kubernetes of this.#kubernetes.values()) kubernetes.close();
    for (const vault of this.#vaults.values()) vault.close();
  }
}

function kept<T>(known: Map<string, T>, name: string, make: () => T): T {
  const found = known.get(name) ?? make();
  known.set(name, found);
  return found;
}
