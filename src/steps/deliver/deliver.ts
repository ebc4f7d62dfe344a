import { Injectable } from '@nestjs/common';
import { brokenRule } from '../../common/problems/problem.js';
import type { LeftThing } from '../../provisioning/kinds/expected-things.js';
import type { Operation, ShownChange } from '../../provisioning/kinds/kind.js';
import { Targets } from '../../targets/targets.js';
import {
  foundKeys,
  type KubernetesReference,
  type KubernetesSpec,
  takeBackKeys,
  writeKeys,
} from './kubernetes-secret.js';
import type { Writer } from './copies.js';
import { keysOf, valuesOf } from './parts.js';
import { isCopyOf, notesOfCopy, unwriteSecret, type Written, writeSecret } from './secret-writer.js';

/** Where a step says that its secret goes: `deliver` of its input. */
export interface DeliverSpec {
  vault?: { target?: string; path: string; keys?: Record<string, string>; mode: 'merge' | 'replace' };
  kubernetes?: KubernetesSpec;
  claim?: { to: string; expires_in_seconds: number };
}

/** Where a secret was put; never the secret. */
export type Reference =
  | { vault: { target: string; path: string; version: number; keys: string[] } }
  | { kubernetes: KubernetesReference };

/** A delivered secret: where it is, and the operation that takes it back. */
export interface Delivery {
  reference: Reference;
  operation: Operation;
}

type Team = { team?: string | undefined };
type Deliverer = Writer & Team;

/** Puts the secrets that steps make where they say. Nothing else keeps them. */
@Injectable()
export class Deliveries {
  constructor(private readonly targets: Targets) {}

  /**
   * Refuses what can never be delivered. A claim makes its secret when it is claimed, because none is stored: only steps that can make theirs
   * at any time later allow it.
   */
  validate({ vault, kubernetes, claim }: DeliverSpec, { team }: Team): void {
    if (claim)
      throw brokenRule(
        'deliver',
        'a claim is not possible for this secret: deliver it to the vault or Kubernetes',
      );
    if (vault) this.targets.vault(vault.target, team);
    if (kubernetes) this.targets.kubernetes(kubernetes.target, team);
  }

  plan({ vault, kubernetes }: DeliverSpec, parts: readonly string[], { team }: Team): ShownChange[] {
    const keys = keysOf(vault ?? kubernetes ?? {}, parts);
    const change = { change: 'write_secret', before: null, after: { keys } };
    if (vault) {
      const { name } = this.targets.vault(vault.target, team);
      return [{ ...change, target: `vault ${name}: ${vault.path}` }];
    }
    if (!kubernetes) return [];
    const { name } = this.targets.kubernetes(kubernetes.target, team);
    return [{ ...change, target: `kubernetes ${name}: Secret ${kubernetes.namespace}/${kubernetes.name}` }];
  }

  /** Writes the parts of a secret as a new version. Repeated in the same provision, it writes them again: they are new ones. */
  async deliver(
    { vault: spec, kubernetes }: DeliverSpec,
    parts: Readonly<Record<string, string>>,
    { provisionId, team, copyOf }: Deliverer,
  ): Promise<Delivery> {
    const writer = { provisionId, copyOf };
    if (kubernetes) {
      const target = this.targets.kubernetes(kubernetes.target, team);
      return writeKeys(target, kubernetes, valuesOf(kubernetes, parts), writer);
    }
    if (!spec) throw brokenRule('deliver', 'must be set');
    const vault = this.targets.vault(spec.target, team);
    const values = valuesOf(spec, parts);
    const wanted = { values, keepOthers: spec.mode === 'merge', notes: notesOfCopy(writer) };
    const written = await writeSecret(vault.kv, spec.path, provisionId, () => wanted);
    return deliveryOf(vault.name, spec.path, Object.keys(values), written as Written);
  }

  /**
   * What this provision has delivered in an earlier attempt, or else what is there if it has all these parts; undefined: they are not there. Of
   * a copy: only what was copied from this.
   */
  async found(
    { vault: spec, kubernetes }: DeliverSpec,
    parts: readonly string[],
    { provisionId, team, copyOf }: Deliverer,
  ): Promise<Delivery | undefined> {
    if (kubernetes) {
      const target = this.targets.kubernetes(kubernetes.target, team);
      return foundKeys(target, kubernetes, keysOf(kubernetes, parts), { provisionId, copyOf });
    }
    if (!spec) return undefined;
    const vault = this.targets.vault(spec.target, team);
    const keys = keysOf(spec, parts);
    let complete = false;
    const mine = await writeSecret(vault.kv, spec.path, provisionId, (present) => {
      complete = keys.every((key) => present.keys.includes(key));
      return undefined;
    });
    if (!complete) return undefined;
    const state = await vault.kv.stateOf(spec.path);
    if (copyOf !== undefined && !isCopyOf(state, copyOf)) return undefined;
    if (mine) return deliveryOf(vault.name, spec.path, keys, mine);
    const { reference, operation } = deliveryOf(vault.name, spec.path, keys, {
      version: state.version,
      created: false,
      added: [],
    });
    return { reference, operation: { ...operation, status: 'unchanged' } };
  }

  /** What will be in the vault once it is delivered. Of the specification only a part may be known. */
  leaves({ vault }: Partial<DeliverSpec> | undefined = {}, { team }: Team): LeftThing[] {
    return vault?.path === undefined ? [] : [leftSecret(this.targets.vault(vault.target, team), vault.path)];
  }

  /** Takes back what a provision has delivered, if nobody has written there since. May be repeated. */
  async takeBack(done: readonly Operation[], { team }: Team): Promise<Operation[]> {
    const operations: Operation[] = [];
    for (const each of done) {
      if (!isDelivered(each) || each.status !== 'done') continue;
      const stays = await this.stays(each, { team });
      operations.push({
        entitlement: each.entitlement,
        action: 'remove',
        ...(stays === undefined ? { status: 'done' } : { status: 'skipped', message: stays }),
      });
    }
    return operations;
  }

  /** Takes one back. Returns why something stays. */
  private stays(done: Operation, { team }: Team): Promise<string | undefined> {
    const { target, id, version, created, added } = done.entitlement as unknown as SecretEntitlement;
    if (done.entitlement['type'] === 'kubernetes_secret')
      return takeBackKeys(this.targets.kubernetes(target, team), done);
    return unwriteSecret(this.targets.vault(target, team).kv, id, { version, created, added });
  }
}

/** Whether an operation says where a secret was put. */
export function isDelivered({ entitlement: { type } }: Operation): boolean {
  return type === 'vault_secret' || type === 'kubernetes_secret';
}

interface SecretEntitlement extends Written {
  type: 'vault_secret';
  target: string;
  id: string;
}

/** A secret in the vault, as steps name it to each other. */
export function leftSecret({ name }: { name: string }, path: string): LeftThing {
  return { kind: 'vault_secret', name: `${path} of ${name}`, there: true };
}

/** The delivery of what was written at a path. */
export function deliveryOf(target: string, path: string, keys: string[], written: Written): Delivery {
  const { version, created, added } = written;
  return {
    reference: { vault: { target, path, version, keys } },
    operation: {
      entitlement: { type: 'vault_secret', target, id: path, version, created, added },
      action: created || added.length > 0 ? 'create' : 'change',
      status: 'done',
    },
  };
}
