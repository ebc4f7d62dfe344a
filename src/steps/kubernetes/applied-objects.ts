import { Problem } from '../../common/problems/problem.js';
import type { Operation, RunContext } from '../../provisioning/kinds/kind.js';
import { type Kubernetes, type Located, shownName } from '../../targets/kubernetes/kubernetes.js';
import {
  isMadeBy,
  type KubernetesObject,
  MADE_BY,
  type ObjectName,
} from '../../targets/kubernetes/object.js';
import { differencesOf } from './differences.js';
import { idOf, toSend, type Wanted } from './manifests.js';

/** An object as a result names it. */
interface ObjectEntitlement {
  type: 'kubernetes_object';
  target: string;
  id: string;
  api_version: string;
  kind: string;
  namespace?: string;
  name: string;
  /** Undefined: it was about to be made. */
  uid?: string;
  /** The provision that made it, or was about to. */
  made_by?: string;
}

/** Makes one object as it should be. That it is about to be created is stored before: a crash in between loses nothing. */
export async function applyObject(
  kubernetes: Kubernetes,
  wanted: Wanted,
  before: readonly Operation[],
  context: RunContext,
): Promise<Operation> {
  const located = await kubernetes.locate(wanted.name);
  const found = await kubernetes.read(located);
  const { provisionId } = context;
  if (found?.metadata.deletionTimestamp !== undefined)
    throw new Problem('busy', `${shownName(wanted.name)} is being removed by somebody`);
  if (!found) {
    const begun = operationOf(kubernetes, wanted.name, { made_by: provisionId }, 'create', 'done');
    await context.save({ operations: [...before, begun] });
  }
  const isOurs = found !== undefined && isMadeBy(found, provisionId);
  const { object, created } = await sent(kubernetes, located, wanted, found, { provisionId, isOurs });
  const { uid } = object.metadata;
  if (created || isOurs)
    return operationOf(kubernetes, wanted.name, { uid, made_by: provisionId }, 'create', 'done');
  // one that somebody made in this moment was changed
  const isSame = found !== undefined && differencesOf(found, object) === undefined;
  if (isSame) return operationOf(kubernetes, wanted.name, { uid }, 'create', 'unchanged');
  return operationOf(kubernetes, wanted.name, { uid }, 'change', 'done');
}

/** Removes the objects that were created, the last one first. What is not removed is listed with the reason. */
export async function removeObjects(
  kubernetes: Kubernetes,
  made: readonly Operation[],
): Promise<Operation[]> {
  const operations: Operation[] = [];
  for (const done of [...made].reverse()) {
    if (done.status !== 'done' || done.action === 'remove') continue;
    const stays = done.action === 'create' ? await removeObject(kubernetes, done) : 'it was there before';
    operations.push({
      ...done,
      action: 'remove',
      ...(stays !== undefined && { status: 'skipped', message: stays }),
    });
  }
  return operations;
}

async function sent(
  kubernetes: Kubernetes,
  located: Located,
  wanted: Wanted,
  found: KubernetesObject | undefined,
  { provisionId, isOurs }: { provisionId: string; isOurs: boolean },
): Promise<{ object: KubernetesObject; created: boolean }> {
  const mark = found?.metadata.annotations?.[MADE_BY];
  // ours on what somebody else made is left of an attempt that came to no end
  const isWrong = mark === provisionId && !isOurs;
  const madeBy = found ? (isWrong ? undefined : mark) : provisionId;
  const answer = await kubernetes.apply(located, toSend(wanted, madeBy));
  if (found || answer.created) return answer;
  // somebody else has made it in this moment: it is not ours
  return kubernetes.apply(located, toSend(wanted, undefined));
}

/** Why it stays; undefined: it is removed. */
async function removeObject(kubernetes: Kubernetes, made: Operation): Promise<string | undefined> {
  const { uid, made_by } = made.entitlement as unknown as ObjectEntitlement;
  const object = nameIn(made);
  const { kind, name } = object;
  if (!(await kubernetes.knows(object))) return 'there is no such kind any more';
  const located = await kubernetes.locate(object);
  const known = uid ?? (await uidOf(kubernetes, located, made_by));
  if (known === undefined) return 'it was not made';
  const contents = kind === 'Namespace' ? await kubernetes.contentsOf(name) : undefined;
  if (contents !== undefined) return `there is something in it: ${contents}`;
  const outcome = await kubernetes.remove(located, known);
  if (outcome === 'absent') return 'it was not there';
  return outcome === 'another' ? 'there is another one with its name' : undefined;
}

async function uidOf(
  kubernetes: Kubernetes,
  located: Located,
  madeBy: string | undefined,
): Promise<string | undefined> {
  const found = madeBy === undefined ? undefined : await kubernetes.read(located);
  return found && madeBy !== undefined && isMadeBy(found, madeBy) ? found.metadata.uid : undefined;
}

/** The object that an operation is about. */
export function nameIn({ entitlement }: Operation): ObjectName {
  const { api_version: apiVersion, kind, namespace, name } = entitlement as unknown as ObjectEntitlement;
  return { apiVersion, kind, namespace, name };
}

export function operationOf(
  { name: target }: Kubernetes,
  object: ObjectName,
  made: Pick<ObjectEntitlement, 'uid' | 'made_by'>,
  action: Operation['action'],
  status: Operation['status'],
): Operation {
  const { apiVersion: api_version, kind, namespace, name } = object;
  const id = idOf(object);
  const where = { api_version, kind, ...(namespace !== undefined && { namespace }), name };
  return { entitlement: { type: 'kubernetes_object', target, id, ...where, ...made }, action, status };
}
