import { createHmac } from 'node:crypto';
import { canonical } from '../../common/canonical.js';
import type { Json } from '../../documents/model.js';
import { SecretValues } from '../tools/secret-values.js';

/** `tofu show -json` of a state; only the fields that are read. */
export interface StateDocument {
  values?: {
    outputs?: Record<string, { sensitive?: boolean; value?: Json }>;
    root_module?: ModuleValues;
  };
}

interface ModuleValues {
  resources?: { address: string; mode: string; values?: unknown; sensitive_values?: unknown }[];
  child_modules?: ModuleValues[];
}

/** What is there by a state. */
export interface Present {
  /** The resources by their addresses, each with a digest of its values, by which a change is seen and nothing is told. */
  resources: Map<string, string>;
  /** The outputs that are not sensitive. */
  outputs: Record<string, Json>;
}

/** Reads a state. `secret` keeps others from guessing a value by its digest; an output with something hidden in it is left out. */
export function presentIn({ values }: StateDocument, secret: string, hidden = new SecretValues()): Present {
  const resources = new Map<string, string>();
  collect(values?.root_module ?? {}, (address, each, marks) => {
    hidden.learn(each, marks);
    const digest = createHmac('sha256', secret).update(canonical([address, each]));
    resources.set(address, digest.digest('hex').slice(0, 32));
  });
  const all = Object.entries(values?.outputs ?? {});
  for (const [, { sensitive, value }] of all) if (sensitive === true) hidden.learn(value, true);
  const outputs = all.filter(([, { sensitive, value }]) => sensitive !== true && !hidden.isInside(value));
  return {
    resources,
    outputs: Object.fromEntries(outputs.map(([name, { value = null }]) => [name, value])),
  };
}

function collect(
  { resources = [], child_modules: children = [] }: ModuleValues,
  found: (address: string, values: unknown, marks: unknown) => void,
): void {
  for (const { address, mode, values, sensitive_values: marks } of resources)
    if (mode === 'managed') found(address, values ?? null, marks);
  for (const each of children) collect(each, found);
}
