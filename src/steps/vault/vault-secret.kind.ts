import { createHash, randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { brokenRule } from '../../common/problems/problem.js';
import { VAULT_SECRET } from '../../documents/step-types/types/vault.js';
import type { LeftThing } from '../../provisioning/kinds/expected-things.js';
import {
  type AskContext,
  Kind,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';
import { Targets } from '../../targets/targets.js';
import { Deliveries, deliveryOf, leftSecret } from '../deliver/deliver.js';
import { type Present, type Wanted, writeSecret } from '../deliver/secret-writer.js';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ALPHABETS = {
  letters_digits: `${LETTERS}0123456789`,
  hex: '0123456789abcdef',
  digits: '0123456789',
  symbols: `${LETTERS}0123456789-_.~`,
};

interface Generated {
  length: number;
  alphabet: keyof typeof ALPHABETS;
}

/** The input of the step type `vault.secret`. */
export interface VaultSecretInput {
  target?: string;
  path: string;
  generate?: Record<string, Generated>;
  names?: string[];
  values?: Record<string, string>;
  mode: 'merge' | 'replace';
  rotate: boolean;
}

/** Generates secrets into the vault. */
@Kind(VAULT_SECRET.kind, VAULT_SECRET.input, { requestable: false })
@Injectable()
export class VaultSecretKind implements ProvisionKind<VaultSecretInput> {
  constructor(
    private readonly targets: Targets,
    private readonly deliveries: Deliveries,
  ) {}

  subjectOf({ path }: VaultSecretInput): string {
    return `vault_secret:${path}`;
  }

  validate(input: VaultSecretInput, { team }: AskContext): Promise<void> {
    this.targets.vault(input.target, team);
    if (namesOf(input).length === 0) throw brokenRule('generate', 'name at least one key, here or in values');
    if (namesOf(input).length > new Set(namesOf(input)).size)
      throw brokenRule('values', 'a key is either generated or given');
    return Promise.resolve();
  }

  async plan(input: VaultSecretInput, { team }: AskContext): Promise<ShownChange[]> {
    const vault = this.targets.vault(input.target, team);
    const { version, live, notes } = await vault.kv.stateOf(input.path);
    const keys = live ? await vault.kv.keysOf(input.path) : [];
    const wanted = wantedOf(input, { keys, notes, mine: undefined });
    if (!wanted) return [];
    const after = { keys: Object.keys(wanted.values), ...(wanted.keepOthers ? {} : { others: 'given up' }) };
    return [
      {
        change: 'write_secret',
        target: `vault ${vault.name}: ${input.path}`,
        before: live ? { version, keys } : null,
        after,
      },
    ];
  }

  leaves({ target, path }: Partial<VaultSecretInput>, { team }: AskContext): LeftThing[] {
    return path === undefined ? [] : [leftSecret(this.targets.vault(target, team), path)];
  }

  async apply(input: VaultSecretInput, { provisionId, team }: RunContext): Promise<ProvisionResult> {
    const vault = this.targets.vault(input.target, team);
    const { path } = input;
    const written = await writeSecret(vault.kv, path, provisionId, (present) =>
      isWritten(input, present) ? undefined : wantedOf(input, present),
    );
    const keys = namesOf(input);
    const { version } = written ?? (await vault.kv.stateOf(path));
    const { operation } = deliveryOf(
      vault.name,
      path,
      keys,
      written ?? { version, created: false, added: [] },
    );
    return {
      operations: [written ? operation : { ...operation, status: 'unchanged' }],
      outputs: { path, version, keys },
    };
  }

  async undo(_: VaultSecretInput, made: ProvisionResult, { team }: RunContext): Promise<ProvisionResult> {
    return { operations: await this.deliveries.takeBack(made.operations, { team }) };
  }
}

/** An earlier attempt has written it. */
function isWritten(input: VaultSecretInput, { mine, keys }: Present): boolean {
  return mine !== undefined && namesOf(input).every((name) => keys.includes(name));
}

function namesOf({ generate = {}, names = [], values = {} }: VaultSecretInput): string[] {
  return [...Object.keys(generate), ...names, ...Object.keys(values)];
}

/** What has to be written; undefined: nothing. */
function wantedOf(input: VaultSecretInput, { keys, notes }: Present): Wanted | undefined {
  const { generate = {}, names: more = [], values = {}, mode, rotate } = input;
  const missing = (name: string): boolean => !keys.includes(name);
  const secrets = [...Object.keys(generate), ...more].filter((name) => rotate || missing(name));
  const given = Object.entries(values).flatMap(([name, value]) =>
    missing(name) || notes[noteOf(name)] !== digestOf(value) ? [name] : [],
  );
  const others = keys.some((key) => !namesOf(input).includes(key));
  if (secrets.length === 0 && given.length === 0 && (mode === 'merge' || !others)) return undefined;
  // a version that replaces another one needs everything: what is there cannot be read
  const names = mode === 'merge' ? [...secrets, ...given] : namesOf(input);
  return {
    values: Object.fromEntries(names.map((name) => [name, values[name] ?? newSecret(generate[name])])),
    keepOthers: mode === 'merge',
    notes: Object.fromEntries(
      names.flatMap((name) => (name in values ? [[noteOf(name), digestOf(values[name] ?? '')]] : [])),
    ),
  };
}

/** Values that are not secret are compared by what is noted of them. */
function noteOf(name: string): string {
  return `minio-manager.value.${name}`;
}

function digestOf(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 32);
}

function newSecret({ length, alphabet }: Generated = { length: 32, alphabet: 'letters_digits' }): string {
  const characters = ALPHABETS[alphabet];
  return Array.from({ length }, () => characters[randomInt(characters.length)]).join('');
}
