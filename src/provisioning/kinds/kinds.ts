import { Inject, Injectable } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { brokenRule } from '../../common/problems/problem.js';
import { validateInput } from '../../common/validation.js';
import type { ProvisionKind } from './kind.js';

/** The injection token of the kinds for {@link Kinds}. */
export const PROVISION_KINDS = Symbol('kinds of provisions');

/** The table of kinds: everything that can be provisioned. */
@Injectable()
export class Kinds {
  readonly #kinds = new Map<string, ProvisionKind>();

  constructor(@Inject(PROVISION_KINDS) kinds: readonly ProvisionKind[]) {
    for (const kind of kinds) this.add(kind);
  }

  /** For modules of higher layers, before any request is accepted. Throws if there is a kind of that name: the start fails. */
  add(kind: ProvisionKind): void {
    if (this.#kinds.has(kind.name)) throw new Error(`Two kinds of provisions are named ${kind.name}`);
    this.#kinds.set(kind.name, kind);
  }

  get names(): string[] {
    return [...this.#kinds.keys()];
  }

  /** Throws 422 for an unknown kind. */
  named(name: string): ProvisionKind {
    const kind = this.#kinds.get(name);
    if (!kind) throw brokenRule('kind', `one of ${this.names.join(', ')}`);
    return kind;
  }

  /** Reads and checks an input as its kind's class: 400 for a wrong shape, 422 for a violated rule. */
  readInput(kind: ProvisionKind, input: object): Promise<object> {
    return validateInput(kind.input, input, 'input');
  }

  /** Reads an input that was already checked when it was accepted. */
  inputOf(kind: ProvisionKind, input: object): object {
    return plainToInstance(kind.input, input);
  }
}
