import type { JsonObject } from '../model.js';
import { isObject } from '../reader.js';
import { asText } from '../step-types/touched.js';
import type { Refusal } from './blocks.js';

/** The provider inside of OpenTofu, which has `terraform_data`. */
export const BUILT_IN = 'terraform.io/builtin/terraform';
const REGISTRY = 'registry.opentofu.org';
const NAME = /^[a-z0-9][a-z0-9_-]{0,99}$/;
const HOST = /^[a-z0-9][a-z0-9.-]{0,251}(:\d{1,5})?$/;

/** The local name of the provider that a type of resources has if none is named: what stands before its first `_`. */
export const addressOf = (type: string): string => type.split('_', 1)[0] ?? '';

/** The whole address of a provider: `hashicorp/random` is `registry.opentofu.org/hashicorp/random`. Undefined: it is none. */
export function wholeAddress(source: string): string | undefined {
  const [type = '', namespace = 'hashicorp', host = REGISTRY, ...more] = source
    .toLowerCase()
    .split('/')
    .reverse();
  const isValid = more.length === 0 && NAME.test(type) && NAME.test(namespace) && HOST.test(host);
  return isValid ? `${host}/${namespace}/${type}` : undefined;
}

/** Which providers one module uses, by their local names. */
export class Providers {
  readonly #declared = new Map<string, string>();
  readonly #refused = new Set<string>();

  constructor(
    private readonly allowed: ReadonlySet<string> | undefined,
    private readonly refuse: (refusal: Refusal) => void,
  ) {}

  /** Reads `required_providers`. */
  declare(body: JsonObject, at: string): void {
    for (const [name, required] of Object.entries(body)) {
      if (name === '//') continue;
      // a text is only a version
      const source = isObject(required) && 'source' in required ? asText(required.source) : undefined;
      const address = source === undefined ? implied(name) : wholeAddress(source);
      if (address === undefined) this.refuse({ at, rule: `\`${name}\` has no valid source` });
      else if (this.#declared.has(name) && this.#declared.get(name) !== address)
        this.refuse({ at, rule: `\`${name}\` has two sources` });
      else {
        this.#declared.set(name, address);
        this.require(address, at);
      }
    }
  }

  /** A resource of the provider with this local name, or its settings. */
  use(name: string, at: string): void {
    this.require(this.#declared.get(name) ?? implied(name), at);
  }

  private require(address: string, at: string): void {
    if (!this.allowed || this.allowed.has(address) || this.#refused.has(address)) return;
    this.#refused.add(address);
    this.refuse({ at, rule: `must not use the provider ${address}: it is not among TOFU_PROVIDERS` });
  }
}

function implied(name: string): string {
  return name === 'terraform' ? BUILT_IN : `${REGISTRY}/hashicorp/${name.toLowerCase()}`;
}
