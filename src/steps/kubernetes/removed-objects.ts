import { Injectable } from '@nestjs/common';
import { Problem } from '../../common/problems/problem.js';
import { AS_NOW, type ExpectedThings, type LeftThing } from '../../provisioning/kinds/expected-things.js';
import type {
  AskContext,
  Operation,
  ProvisionResult,
  RunContext,
  ShownChange,
  Wait,
} from '../../provisioning/kinds/kind.js';
import { type Kubernetes, type Located, shownName } from '../../targets/kubernetes/kubernetes.js';
import { type KubernetesObject, makerOf, type ObjectName } from '../../targets/kubernetes/object.js';
import { nameIn, operationOf } from './applied-objects.js';
import { nextLook } from './looks.js';
import { MakersStore } from './makers.store.js';
import { idOf, type Wanted } from './manifests.js';

/** An object that goes. Undefined: it is not there now, and earlier steps make it. */
interface Going {
  located: Located;
  found: KubernetesObject | undefined;
}

/** Removes objects that runs for the team have made: `state: absent`. The last one goes first. */
@Injectable()
export class ObjectRemoval {
  constructor(private readonly makers: MakersStore) {}

  /** What would go. Throws if something stays. */
  async plan(kubernetes: Kubernetes, wanted: readonly Wanted[], context: AskContext): Promise<ShownChange[]> {
    const changes: ShownChange[] = [];
    for (const { located, found } of await this.going(kubernetes, wanted, context)) {
      const target = `kubernetes ${kubernetes.name}: ${shownName(located.name)}`;
      const before = found ? { uid: found.metadata.uid, since: found.metadata.creationTimestamp } : {};
      if (found) await kubernetes.remove(located, found.metadata.uid, { dryRun: true });
      changes.push({ change: 'remove_object', target, before, after: null });
    }
    return changes;
  }

  leaves(kubernetes: Kubernetes, wanted: readonly Wanted[]): LeftThing[] {
    return wanted.flatMap(({ name }) => [
      { ...kubernetes.objectThing(name), there: false },
      ...(name.kind === 'Namespace' ? [{ ...kubernetes.namespaceThing(name.name), there: false }] : []),
    ]);
  }

  /** Nothing is removed before all of it may be. What goes is stored first, by uid: a later attempt removes nothing else. */
  async apply(
    kubernetes: Kubernetes,
    wanted: readonly Wanted[],
    seconds: number,
    context: RunContext,
  ): Promise<ProvisionResult | Wait> {
    const { saved, team } = context;
    const since = (saved?.['since'] as number | undefined) ?? Date.now();
    const going =
      (saved?.['going'] as Operation[] | undefined) ?? (await this.begin(kubernetes, wanted, team));
    const operations: Operation[] = [];
    await context.save({ operations, going, since });
    for (const each of going) {
      await context.guard();
      const left = each.status === 'done' ? await removeOne(kubernetes, each) : undefined;
      if (!left) {
        operations.push(each);
        await context.save({ operations, going, since });
        continue;
      }
      const rest = since + seconds * 1000 - Date.now();
      if (rest > 0) return nextLook(Date.now() - since, rest);
      throw new Problem(
        'not_possible',
        `${stillThere(nameIn(each), left)}, and did not go in ${seconds} seconds`,
      );
    }
    return { operations };
  }

  /** What was removed is not brought back: the undo says so. */
  undo({ operations }: ProvisionResult): ProvisionResult {
    const removed = operations.filter(({ status }) => status === 'done');
    const message = 'what was removed is not brought back';
    return { operations: removed.map((each) => ({ ...each, status: 'skipped', message })) };
  }

  private async begin(
    kubernetes: Kubernetes,
    wanted: readonly Wanted[],
    team: string | undefined,
  ): Promise<Operation[]> {
    const going = await this.going(kubernetes, wanted, { team });
    return [...wanted].reverse().map(({ name }) => {
      const uid = going.find(({ located }) => idOf(located.name) === idOf(name))?.found?.metadata.uid;
      const made = uid === undefined ? {} : { uid };
      return operationOf(kubernetes, name, made, 'remove', uid === undefined ? 'skipped' : 'done');
    });
  }

  /** The objects that are there, the last one first. Throws if one of them stays. */
  private async going(
    kubernetes: Kubernetes,
    wanted: readonly Wanted[],
    { team, expected = AS_NOW }: Pick<AskContext, 'team' | 'expected'>,
  ): Promise<Going[]> {
    const going: Going[] = [];
    for (const { name } of [...wanted].reverse()) {
      const isExpected = expected.has(kubernetes.objectThing(name));
      if (isExpected === false) continue;
      const located = await kubernetes.locate(name);
      const found = await kubernetes.read(located);
      if (!found && isExpected === undefined) continue;
      if (found) await this.requireMade(found, name, team);
      going.push({ located, found });
    }
    for (const { located, found } of going)
      if (found) await requireEmpty(kubernetes, located.name, found, goneBy(kubernetes, wanted, expected));
    return going;
  }

  private async requireMade(
    found: KubernetesObject,
    name: ObjectName,
    team: string | undefined,
  ): Promise<void> {
    const maker = makerOf(found);
    if (maker === undefined || !(await this.makers.isOf(team, maker)))
      throw stays(name, 'no run for the team has made it');
  }
}

/** Which objects will not be there: those of this step, and what earlier ones remove. */
function goneBy(kubernetes: Kubernetes, wanted: readonly Wanted[], expected: ExpectedThings) {
  const ids = new Set(wanted.map(({ name }) => idOf(name)));
  return (object: ObjectName): boolean =>
    ids.has(idOf(object)) || expected.has(kubernetes.objectThing(object)) === false;
}

/** One that is being removed already may have something that goes with it. */
async function requireEmpty(
  kubernetes: Kubernetes,
  name: ObjectName,
  { metadata }: KubernetesObject,
  isGone?: (object: ObjectName) => boolean,
): Promise<void> {
  if (name.kind !== 'Namespace' || metadata.deletionTimestamp !== undefined) return;
  const contents = await kubernetes.contentsOf(name.name, isGone);
  if (contents !== undefined) throw stays(name, `there is something in it: ${contents}`);
}

/** Asks the server to remove it. Undefined: it is gone. */
async function removeOne(kubernetes: Kubernetes, each: Operation): Promise<KubernetesObject | undefined> {
  const { uid } = each.entitlement as { uid: string };
  const name = nameIn(each);
  const located = await kubernetes.locate(name);
  const found = await kubernetes.read(located);
  if (!found) return undefined;
  if (found.metadata.uid !== uid) throw another(name);
  if (found.metadata.deletionTimestamp !== undefined) return found;
  await requireEmpty(kubernetes, name, found);
  if ((await kubernetes.remove(located, uid)) === 'another') throw another(name);
  return kubernetes.read(located);
}

function another(name: ObjectName): Problem {
  return stays(name, 'there is another one with its name by now');
}

function stays(name: ObjectName, why: string): Problem {
  return new Problem('not_possible', `${shownName(name)} stays: ${why}`);
}

function stillThere(name: ObjectName, { metadata: { finalizers = [] } }: KubernetesObject): string {
  const by = finalizers.length === 0 ? '' : ` (finalizers: ${finalizers.join(', ')})`;
  return `${shownName(name)} is being removed${by}`;
}
