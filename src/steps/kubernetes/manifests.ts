import { brokenRule } from '../../common/problems/problem.js';
import type { JsonObject } from '../../documents/model.js';
import { hasInlineSecret, manifestsOf, nameOf } from '../../documents/step-types/types/kubernetes.js';
import { shownName } from '../../targets/kubernetes/kubernetes.js';
import { MADE_BY, type ObjectName } from '../../targets/kubernetes/object.js';

/** The input of the step type `kubernetes.apply`. */
export interface ApplyInput {
  target?: string;
  manifest?: JsonObject[];
  manifest_path?: string;
  namespace?: string;
  state?: 'present' | 'absent';
  /** How long to wait until what is removed is gone. */
  seconds?: number;
}

/** An object as it should be. */
export interface Wanted {
  name: ObjectName;
  manifest: JsonObject;
}

/** The objects of an input. Throws a broken rule for what is never applied. */
export function wantedOf(input: ApplyInput): Wanted[] {
  const { manifest, manifest_path: path, namespace: usual } = input;
  if (!manifest)
    throw brokenRule('manifest', path === undefined ? 'must be set' : `the provider has no file ${path}`);
  const wanted = manifestsOf({ manifest }).map((each) => {
    const { namespace, ...name } = nameOf(each, usual);
    if (hasInlineSecret(each))
      throw brokenRule('manifest', `Secret ${name.name} must have no values: a step delivers what it makes`);
    return { name: { ...name, namespace: namespace === '' ? undefined : namespace }, manifest: each };
  });
  const names = wanted.map(({ name }) => idOf(name));
  const twice = wanted.find(({ name }, index) => names.indexOf(idOf(name)) < index);
  if (twice) throw brokenRule('manifest', `${shownName(twice.name)} is there twice`);
  return wanted;
}

/** Names the object in its cluster. */
export function idOf({ apiVersion, kind, namespace = '', name }: ObjectName): string {
  const group = apiVersion.includes('/') ? `${apiVersion.split('/')[0] ?? ''}/` : '';
  return `${group}${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}

/** The manifest as it is sent, with its namespace and who made the object. */
export function toSend({ name, manifest }: Wanted, madeBy: string | undefined): JsonObject {
  const metadata = manifest.metadata as JsonObject;
  const annotations = { ...(metadata.annotations as JsonObject | undefined) };
  delete annotations[MADE_BY];
  if (madeBy !== undefined) annotations[MADE_BY] = madeBy;
  const { namespace } = name;
  return {
    ...manifest,
    metadata: {
      ...metadata,
      ...(namespace !== undefined && { namespace }),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
  };
}
