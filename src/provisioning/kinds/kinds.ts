import { Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { plainToInstance } from 'class-transformer';
import { brokenRule, Problem } from '../../common/problems/problem.js';
import { validateInput } from '../../common/http/validation.js';
import type { JsonSchema } from '../../documents/model.js';
import type { LeftThing } from './expected-things.js';
import { readBySchema } from './schema-input.js';
import { type AskContext, KIND, type KindEntry, type ProvisionKind } from './kind.js';

/** A kind that callers may ask for: its input is a class, which the OpenAPI document shows. */
export type RequestableKind = KindEntry & { input: Type<object> };

/** The kinds that `POST /provisions` accepts, whether or not the providers of the application were created. */
export function requestableKinds(discovery: DiscoveryService): RequestableKind[] {
  return providersOf(discovery).flatMap(({ entry }) => (isRequestable(entry) ? [entry] : []));
}

/** The table of kinds: everything that can be provisioned. */
@Injectable()
export class Kinds implements OnModuleInit {
  readonly #kinds = new Map<string, { entry: KindEntry; kind: ProvisionKind }>();

  constructor(private readonly discovery: DiscoveryService) {}

  /** Finds the kinds of all modules. Throws if two have the same name: the start fails. */
  onModuleInit(): void {
    for (const { entry, instance } of providersOf(this.discovery)) {
      if (this.#kinds.has(entry.name)) throw new Error(`Two kinds of provisions are named ${entry.name}`);
      this.#kinds.set(entry.name, { entry, kind: instance });
    }
  }

  /** The kinds whose runs may take hours. */
  get long(): string[] {
    return [...this.#kinds.values()].flatMap(({ entry }) => (entry.long ? [entry.name] : []));
  }

  isLong(name: string): boolean {
    return this.#kinds.get(name)?.entry.long ?? false;
  }

  /** The kinds that can be cancelled while they run. */
  get stoppable(): string[] {
    return [...this.#kinds.values()].flatMap(({ entry }) => (entry.stoppable ? [entry.name] : []));
  }

  /** Whether one that failed or was cancelled can be undone. */
  isPartial(name: string): boolean {
    return this.#kinds.get(name)?.entry.partial ?? false;
  }

  /** Whether one that failed is a dead letter, which can be redriven. */
  isRedrivable(name: string): boolean {
    return this.#kinds.get(name)?.entry.redrivable ?? true;
  }

  /** Whether its plan tells afterwards if what it made still holds. */
  isLasting(name: string): boolean {
    return this.#kinds.get(name)?.entry.lasting ?? true;
  }

  /** Whether it is told what was planned before it began. */
  isBound(name: string): boolean {
    return this.#kinds.get(name)?.entry.bound ?? false;
  }

  /** Undefined for a kind that this version of the service does not have. */
  find(name: string): ProvisionKind | undefined {
    return this.#kinds.get(name)?.kind;
  }

  /** Throws 422 for an unknown kind. */
  named(name: string): ProvisionKind {
    return this.require(name).kind;
  }

  /** Throws 422 for a kind that callers cannot ask for, and says how it comes about. */
  requireRequestable(name: string): void {
    const { input, requestable, instead } = this.require(name).entry;
    if (isSchema(input)) throw brokenRule('kind', 'is only carried out as a step of a workflow');
    if (!requestable) throw brokenRule('kind', instead);
  }

  /** What a provision of the kind leaves, as far as its input is known; nothing if the input is not valid. */
  async leftBy(name: string, input: object, context: AskContext): Promise<LeftThing[]> {
    try {
      return (await this.find(name)?.leaves?.(input, context)) ?? [];
    } catch (error) {
      if (error instanceof Problem && error.status < 500) return [];
      throw error;
    }
  }

  /** Reads and checks an input as its kind's class or schema: 400 for a wrong shape, 422 for a violated rule. */
  async readInput(name: string, input: object): Promise<object> {
    const { input: form } = this.require(name).entry;
    if (isSchema(form)) return readBySchema(form, input, 'input');
    return await validateInput(form, input, 'input');
  }

  /** Reads an input that was already checked when it was accepted. */
  inputOf(name: string, input: object): object {
    const { input: form } = this.require(name).entry;
    return isSchema(form) ? input : plainToInstance(form, input);
  }

  private require(name: string): { entry: KindEntry; kind: ProvisionKind } {
    const found = this.#kinds.get(name);
    if (found) return found;
    const known = [...this.#kinds.values()].flatMap(({ entry }) => (entry.requestable ? [entry.name] : []));
    throw brokenRule('kind', `one of ${known.join(', ')}`);
  }
}

function isRequestable(entry: KindEntry): entry is RequestableKind {
  return entry.requestable && !isSchema(entry.input);
}

function isSchema(form: KindEntry['input']): form is JsonSchema {
  return typeof form !== 'function';
}

/** By name, because the order of Nest's providers is not stable. */
function providersOf(discovery: DiscoveryService): { entry: KindEntry; instance: ProvisionKind }[] {
  const found = discovery.getProviders({ metadataKey: KIND.KEY }).flatMap((wrapper) => {
    const entry = discovery.getMetadataByDecorator(KIND, wrapper);
    return entry ? [{ entry, instance: wrapper.instance as ProvisionKind }] : [];
  });
  return found.sort((a, b) => (a.entry.name < b.entry.name ? -1 : 1));
}
