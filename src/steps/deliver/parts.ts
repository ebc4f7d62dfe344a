import { brokenRule } from '../../common/problems/problem.js';

/** The names of the parts of a secret where they go. */
interface Naming {
  keys?: Readonly<Record<string, string>>;
  registry?: string;
}

const IMAGE_PULLS = '.dockerconfigjson';
const OF_REGISTRY = ['username', 'password'] as const;

/** The keys under which the parts of a secret are delivered. */
export function keysOf({ keys = {}, registry }: Naming, parts: readonly string[]): string[] {
  if (registry === undefined) return parts.map((part) => keys[part] ?? part);
  const missing = OF_REGISTRY.find((part) => !parts.includes(part));
  if (missing !== undefined) throw brokenRule('deliver', `registry needs the part ${missing}`);
  return [IMAGE_PULLS];
}

/** The parts of a secret by the names of their keys. */
export function valuesOf(
  { keys = {}, registry }: Naming,
  parts: Readonly<Record<string, string>>,
): Record<string, string> {
  const named = Object.entries(parts).map(([part, value]) => [keys[part] ?? part, value] as const);
  if (registry === undefined) return Object.fromEntries(named);
  const [key = ''] = keysOf({ registry }, Object.keys(parts));
  const { username = '', password = '' } = parts;
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  return { [key]: JSON.stringify({ auths: { [registry]: { username, password, auth } } }) };
}
