import { Injectable } from '@nestjs/common';
import { MissingThings } from '../../common/problems/missing-things.js';
import { brokenRule, Problem } from '../../common/problems/problem.js';
import { SECRET_COPY } from '../../documents/step-types/types/secrets.js';
import type { LeftThing } from '../../provisioning/kinds/expected-things.js';
import {
  type AskContext,
  Kind,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';
import { type SecretPlace, versionOf } from '../../targets/kubernetes/secret-objects.js';
import type { StoredSecret } from '../../targets/stored-secret.js';
import { Targets } from '../../targets/targets.js';
import { Deliveries, type DeliverSpec, leftSecret } from './deliver.js';

interface Keys {
  target?: string;
  /** The key of each part of the secret. */
  keys: Record<string, string>;
}

/** Where a secret is. */
interface SourceSpec {
  vault?: Keys & { path: string };
  kubernetes?: Keys & SecretPlace;
}

/** The input of the step type `secret.copy`. */
export interface CopyInput {
  from: SourceSpec;
  values: Record<string, string>;
  deliver: DeliverSpec;
}

type Team = Pick<AskContext, 'team'>;

/** Copies a secret that somebody else has made: between the vault and Kubernetes, in memory. */
@Kind(SECRET_COPY.kind, SECRET_COPY.input, { requestable: false })
@Injectable()
export class SecretCopyKind implements ProvisionKind<CopyInput> {
  constructor(
    private readonly targets: Targets,
    private readonly deliveries: Deliveries,
  ) {}

  /** What else writes there waits. */
  subjectOf({ deliver: { vault, kubernetes } }: CopyInput): string {
    if (vault) return `vault_secret:${vault.path}`;
    return `kubernetes_object:Secret ${kubernetes?.namespace ?? ''}/${kubernetes?.name ?? ''}`;
  }

  validate({ from: { vault, kubernetes }, values, deliver }: CopyInput, context: AskContext): Promise<void> {
    if (vault) this.targets.vault(vault.target, context.team);
    if (kubernetes) this.targets.kubernetes(kubernetes.target, context.team);
    this.deliveries.validate(deliver, context);
    const twice = Object.keys(values).find((part) => part in ((vault ?? kubernetes)?.keys ?? {}));
    if (twice !== undefined) throw brokenRule('values', `the part ${twice} comes from the secret`);
    return Promise.resolve();
  }

  async plan(input: CopyInput, context: AskContext): Promise<ShownChange[]> {
    const changes = this.deliveries.plan(input.deliver, partsOf(input), context);
    try {
      const version = await this.versionOf(input.from, context);
      // what is not there may be there by then: an operator makes it
      if (version === undefined) return changes;
      const writer = { provisionId: '', team: context.team, copyOf: sourceOf(input, version) };
      return (await this.deliveries.found(input.deliver, partsOf(input), writer)) ? [] : changes;
    } catch (error) {
      if (!context.expected?.solves(error)) throw error;
      return changes;
    }
  }

  leaves({ deliver }: Partial<CopyInput>, context: AskContext): LeftThing[] {
    return this.deliveries.leaves(deliver, context);
  }

  async apply(input: CopyInput, { provisionId, team }: RunContext): Promise<ProvisionResult> {
    const { version, values } = await this.read(input.from, { team });
    const writer = { provisionId, team, copyOf: sourceOf(input, version) };
    const keys = Object.entries((input.from.vault ?? input.from.kubernetes)?.keys ?? {});
    const copied = keys.map(([part, key]) => {
      const value = values.get(key);
      if (!value) throw brokenRule('from', `the secret has no text under the key ${key}`);
      return [part, value] as const;
    });
    const parts = {
      ...input.values,
      ...Object.fromEntries(copied.map(([part, value]) => [part, value.reveal()])),
    };
    const { reference, operation } =
      (await this.deliveries.found(input.deliver, partsOf(input), writer)) ??
      (await this.deliveries.deliver(input.deliver, parts, writer));
    return { operations: [operation], outputs: { delivered: reference } };
  }

  async undo(_: CopyInput, made: ProvisionResult, { team }: RunContext): Promise<ProvisionResult> {
    return { operations: await this.deliveries.takeBack(made.operations, { team }) };
  }

  /** Undefined: a Secret is not there yet. Throws `MissingThings` if nothing is at the path of the vault. */
  private async versionOf({ vault, kubernetes }: SourceSpec, { team }: Team): Promise<string | undefined> {
    if (kubernetes) {
      const state = await this.targets.kubernetes(kubernetes.target, team).secrets.stateOf(kubernetes);
      return state && versionOf(state);
    }
    if (!vault) return undefined;
    const target = this.targets.vault(vault.target, team);
    const { live, version } = await target.kv.stateOf(vault.path);
    if (live) return String(version);
    throw new MissingThings(noSecretAt(target.name, vault.path), [leftSecret(target, vault.path)]);
  }

  private async read({ vault, kubernetes }: SourceSpec, { team }: Team): Promise<StoredSecret> {
    const keys = Object.values((vault ?? kubernetes)?.keys ?? {});
    if (vault) {
      const { name, kv } = this.targets.vault(vault.target, team);
      const found = await kv.valuesOf(vault.path, keys);
      if (found) return found;
      throw noSecretAt(name, vault.path);
    }
    if (!kubernetes) throw brokenRule('from', 'must be set');
    const { name, secrets } = this.targets.kubernetes(kubernetes.target, team);
    const found = await secrets.valuesOf(kubernetes, keys);
    if (found) return found;
    const { namespace, name: secret } = kubernetes;
    // whoever makes it may do so in the next moment
    throw new Problem(
      'target_unavailable',
      `The Kubernetes ${name} has no Secret ${namespace}/${secret} yet`,
    );
  }
}

function noSecretAt(vault: string, path: string): Problem {
  return new Problem('not_possible', `The vault ${vault} has no secret at ${path}`);
}

/** The names of all parts. */
function partsOf({ from: { vault, kubernetes }, values }: CopyInput): string[] {
  return [...Object.keys((vault ?? kubernetes)?.keys ?? {}), ...Object.keys(values)];
}

/** All that decides what is delivered, without the secret. */
function sourceOf({ from, values, deliver }: CopyInput, version: string): string {
  return JSON.stringify([from, version, values, deliver.kubernetes?.registry ?? '']);
}
