import { brokenRule, Problem } from '../../common/problems/problem.js';
import type { Operation } from '../../provisioning/kinds/kind.js';
import type { Kubernetes } from '../../targets/kubernetes/kubernetes.js';
import { MADE_BY } from '../../targets/kubernetes/object.js';
import type { SecretPlace, SecretState } from '../../targets/kubernetes/secret-objects.js';
import { noteOfCopy, type Writer } from './copies.js';

/** Where a secret goes: keys of a Secret. */
export interface KubernetesSpec extends SecretPlace {
  target?: string;
  keys?: Record<string, string>;
  /** It is a Secret with which images are pulled from this registry. */
  registry?: string;
}

/** Where a secret was put. */
export interface KubernetesReference extends SecretPlace {
  target: string;
  uid: string;
  keys: string[];
}

/** What this service wrote last into a Secret: by which provision, and the keys that were new. */
const WRITTEN_BY = 'minio-manager/delivered-by';
const ADDED = 'minio-manager/added-keys';
const COPY = 'minio-manager/copy-of';
const PULLS_IMAGES = 'kubernetes.io/dockerconfigjson';
const TRIES = 4;

/** What was written, as the operation that takes it back names it. */
interface SecretEntitlement {
  type: 'kubernetes_secret';
  target: string;
  id: string;
  namespace: string;
  name: string;
  uid: string;
  created: boolean;
  added: string[];
  written_by: string;
}

type Delivered = { reference: { kubernetes: KubernetesReference }; operation: Operation };

/** Writes keys into a Secret; its other keys stay, and one that somebody else manages is refused. */
export async function writeKeys(
  kubernetes: Kubernetes,
  spec: KubernetesSpec,
  values: Readonly<Record<string, string>>,
  { provisionId: provision, copyOf }: Writer,
): Promise<Delivered> {
  const keys = Object.keys(values);
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const found = await kubernetes.secrets.stateOf(spec);
    if (found) requireType(spec, found);
    const foreign = found && keys.find((key) => found.foreign.includes(key));
    if (foreign !== undefined)
      throw brokenRule('deliver', `the key ${foreign} of Secret ${shown(spec)} belongs to somebody else`);
    const isMine = found?.annotations[WRITTEN_BY] === provision;
    const created = found === undefined || found.annotations[MADE_BY] === provision;
    const before = isMine ? (found.annotations[ADDED] ?? '').split(' ') : [];
    const added = keys.filter((key) => !found?.keys.includes(key) || before.includes(key));
    const annotations = {
      ...(created && { [MADE_BY]: provision }),
      ...{ [WRITTEN_BY]: provision, [ADDED]: added.join(' ') },
      ...(copyOf !== undefined && { [COPY]: noteOfCopy(provision, copyOf) }),
      ...(copyOf === undefined && found && { [COPY]: null }),
    };
    const written = found
      ? await kubernetes.secrets.merge(spec, found.version, { values, annotations })
      : await kubernetes.secrets.create(spec, { values, annotations }, typeOf(spec));
    if (written) return deliveredTo(kubernetes, spec, keys, { uid: written.uid, created, added, provision });
  }
  throw new Problem('busy', `Somebody else writes Secret ${shown(spec)}`);
}

/** What is there, if it has all of these keys; undefined otherwise. */
export async function foundKeys(
  kubernetes: Kubernetes,
  spec: KubernetesSpec,
  keys: string[],
  { provisionId: provision, copyOf }: Writer,
): Promise<Delivered | undefined> {
  const found = await kubernetes.secrets.stateOf(spec);
  if (found) requireType(spec, found);
  if (!found || !keys.every((key) => found.keys.includes(key))) return undefined;
  if (copyOf !== undefined && !isCopy(found, keys, copyOf)) return undefined;
  const isMine = found.annotations[WRITTEN_BY] === provision;
  const added = isMine ? (found.annotations[ADDED] ?? '').split(' ').filter(Boolean) : [];
  const created = found.annotations[MADE_BY] === provision;
  const delivered = deliveredTo(kubernetes, spec, keys, { uid: found.uid, created, added, provision });
  return isMine ? delivered : { ...delivered, operation: { ...delivered.operation, status: 'unchanged' } };
}

/** Takes back what was written, while nobody has written there since. Tells why something stays. */
export async function takeBackKeys(kubernetes: Kubernetes, done: Operation): Promise<string | undefined> {
  const { uid, created, added, written_by, ...place } = done.entitlement as unknown as SecretEntitlement;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const found = await kubernetes.secrets.stateOf(place);
    if (found?.uid !== uid) return found && 'there is another one with its name';
    if (found.annotations[WRITTEN_BY] !== written_by)
      return isGone(found, added) ? undefined : 'it has newer values';
    if (added.some((key) => found.foreign.includes(key))) return 'somebody has changed it';
    if (added.length === 0) return 'what was there before cannot be brought back';
    if (await without(kubernetes, place, found, { created, added })) return undefined;
  }
  throw new Problem('busy', `Somebody else writes Secret ${shown(place)}`);
}

/** False: somebody else has written it. */
async function without(
  kubernetes: Kubernetes,
  place: SecretPlace,
  found: SecretState,
  { created, added }: { created: boolean; added: string[] },
): Promise<boolean> {
  if (created && found.keys.every((key) => added.includes(key)))
    return kubernetes.secrets.remove(place, found);
  const none = (names: string[]) => Object.fromEntries(names.map((name) => [name, null]));
  const change = { values: none(added), annotations: none([WRITTEN_BY, ADDED, COPY]) };
  return (await kubernetes.secrets.merge(place, found.version, change)) !== undefined;
}

/** What there is has been copied from this, and nobody has written it since. */
function isCopy({ annotations, foreign }: SecretState, keys: readonly string[], copyOf: string): boolean {
  const isSame = annotations[COPY] === noteOfCopy(annotations[WRITTEN_BY] ?? '', copyOf);
  return isSame && !keys.some((key) => foreign.includes(key));
}

const typeOf = ({ registry }: KubernetesSpec): string => (registry === undefined ? 'Opaque' : PULLS_IMAGES);

/** The type of a Secret cannot be changed. */
function requireType(spec: KubernetesSpec, { type }: SecretState): void {
  if (spec.registry !== undefined && type !== PULLS_IMAGES)
    throw brokenRule('deliver', `Secret ${shown(spec)} is of the type ${type}, and not ${PULLS_IMAGES}`);
}

/** An earlier attempt has taken it back. */
function isGone({ annotations, keys }: SecretState, added: readonly string[]): boolean {
  return annotations[WRITTEN_BY] === undefined && !keys.some((key) => added.includes(key));
}

function deliveredTo(
  { name: target }: Kubernetes,
  { namespace, name }: SecretPlace,
  keys: string[],
  { uid, created, added, provision }: { uid: string; created: boolean; added: string[]; provision: string },
): Delivered {
  const entitlement = {
    ...{ type: 'kubernetes_secret', target, id: `${namespace}/${name}`, namespace, name },
    ...{ uid, created, added, written_by: provision },
  };
  const action = added.length > 0 ? 'create' : 'change';
  return {
    reference: { kubernetes: { target, namespace, name, uid, keys } },
    operation: { entitlement, action, status: 'done' },
  };
}

const shown = ({ namespace, name }: SecretPlace): string => `${namespace}/${name}`;
