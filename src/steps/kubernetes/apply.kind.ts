import { Injectable } from '@nestjs/common';
import { brokenRule, Problem } from '../../common/problems/problem.js';
import { KUBERNETES_APPLY, manifestsOf, nameOf } from '../../documents/step-types/types/kubernetes.js';
import { asText, fieldOf } from '../../documents/step-types/touched.js';
import { AS_NOW, type ExpectedThings, type LeftThing } from '../../provisioning/kinds/expected-things.js';
import {
  type AskContext,
  Kind,
  type Operation,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
  type Wait,
} from '../../provisioning/kinds/kind.js';
import { type Kubernetes, shownName } from '../../targets/kubernetes/kubernetes.js';
import { Targets } from '../../targets/targets.js';
import { applyObject, removeObjects } from './applied-objects.js';
import { differencesOf } from './differences.js';
import { type ApplyInput, idOf, toSend, type Wanted, wantedOf } from './manifests.js';
import { MADE_BY } from '../../targets/kubernetes/object.js';
import { ObjectRemoval } from './removed-objects.js';

/** Where `seconds` is not set. */
const REMOVAL_SECONDS = 600;

/** Applies objects in Kubernetes, or removes those that runs have applied. */
@Kind(KUBERNETES_APPLY.kind, KUBERNETES_APPLY.input, { requestable: false })
@Injectable()
export class KubernetesApplyKind implements ProvisionKind<ApplyInput> {
  constructor(
    private readonly targets: Targets,
    private readonly removal: ObjectRemoval,
  ) {}

  subjectOf(input: ApplyInput): string {
    const [first] = wantedOf(input);
    return `kubernetes_object:${first ? idOf(first.name) : ''}`;
  }

  validate(input: ApplyInput, { team }: AskContext): Promise<void> {
    this.targets.kubernetes(input.target, team);
    wantedOf(input);
    if (input.seconds !== undefined && input.state !== 'absent')
      throw brokenRule('seconds', 'must be set with state: absent only');
    return Promise.resolve();
  }

  async plan(input: ApplyInput, context: AskContext): Promise<ShownChange[]> {
    const { team, expected = AS_NOW } = context;
    const kubernetes = this.targets.kubernetes(input.target, team);
    if (input.state === 'absent') return this.removal.plan(kubernetes, wantedOf(input), context);
    const changes: ShownChange[] = [];
    let there = expected;
    for (const wanted of wantedOf(input)) {
      const change = await planOf(kubernetes, wanted, there);
      there = there.with(leftBy(kubernetes, wanted));
      if (change) changes.push(change);
    }
    return changes;
  }

  leaves(input: ApplyInput, { team }: AskContext): LeftThing[] {
    const kubernetes = this.targets.kubernetes(input.target, team);
    const named = manifestsOf({ manifest: input.manifest ?? [] }).map((manifest) => {
      const { namespace, ...name } = nameOf(manifest, input.namespace);
      return { name: { ...name, namespace: namespace === '' ? undefined : namespace }, manifest };
    });
    if (input.state === 'absent') return this.removal.leaves(kubernetes, named);
    return named.flatMap((each) => leftBy(kubernetes, each));
  }

  /** All of it, or none: what was created before one that is refused is taken back. */
  async apply(input: ApplyInput, context: RunContext): Promise<ProvisionResult | Wait> {
    const kubernetes = this.targets.kubernetes(input.target, context.team);
    if (input.state === 'absent') {
      const { seconds = REMOVAL_SECONDS } = input;
      const removed = await this.removal.apply(kubernetes, wantedOf(input), seconds, context);
      return 'operations' in removed ? { ...removed, ...outputsOf(removed.operations) } : removed;
    }
    const operations: Operation[] = [];
    try {
      for (const wanted of wantedOf(input)) {
        await context.guard();
        operations.push(await applyObject(kubernetes, wanted, operations, context));
      }
    } catch (error) {
      // what ran out of time is taken back by the run
      const isRefused = error instanceof Problem && error.status < 500 && error.code !== 'step_timed_out';
      if (!isRefused) throw error;
      const more = context.saved?.operations.slice(operations.length) ?? [];
      const removed = await removeObjects(kubernetes, [...operations, ...more]);
      await context.save({ operations: removed });
      throw error;
    }
    return { operations, ...outputsOf(operations) };
  }

  async undo(input: ApplyInput, made: ProvisionResult, { team }: RunContext): Promise<ProvisionResult> {
    if (input.state === 'absent') return this.removal.undo(made);
    const kubernetes = this.targets.kubernetes(input.target, team);
    return { operations: await removeObjects(kubernetes, made.operations) };
  }
}

/** The change that applying would make; undefined: none. What lacks only something that will be there by then will be created. */
async function planOf(
  kubernetes: Kubernetes,
  wanted: Wanted,
  expected: ExpectedThings,
): Promise<ShownChange | undefined> {
  const target = `kubernetes ${kubernetes.name}: ${shownName(wanted.name)}`;
  const creation = { change: 'create_object', target, before: null, after: wanted.manifest };
  try {
    const located = await kubernetes.locate(wanted.name);
    const found = await kubernetes.read(located);
    const manifest = toSend(wanted, found?.metadata.annotations?.[MADE_BY]);
    const { object } = await kubernetes.apply(located, manifest, { dryRun: true });
    if (!found) return creation;
    const differences = differencesOf(found, object);
    return differences && { change: 'change_object', target, ...differences };
  } catch (error) {
    if (!expected.solves(error)) throw error;
    return creation;
  }
}

/** Objects; and namespaces and the kinds of custom resources, which others need. */
function leftBy(kubernetes: Kubernetes, { name, manifest }: Wanted): LeftThing[] {
  const spec = manifest.spec;
  const [group, kind] = [asText(fieldOf(spec, 'group')), asText(fieldOf(fieldOf(spec, 'names'), 'kind'))];
  const things = [kubernetes.objectThing(name)];
  if (name.kind === 'Namespace') things.push(kubernetes.namespaceThing(name.name));
  if (name.kind === 'CustomResourceDefinition') things.push(kubernetes.kindThing(group, kind));
  return things.map((each) => ({ ...each, there: true }));
}

/** What is there, or was. */
function outputsOf(operations: readonly Operation[]): { outputs: { objects: object[] } } {
  const objects = operations.flatMap(({ entitlement }) => {
    const { api_version, kind, namespace, name, uid } = entitlement;
    if (uid === undefined) return [];
    return [{ api_version, kind, ...(namespace === undefined ? {} : { namespace }), name, uid }];
  });
  return { outputs: { objects } };
}
