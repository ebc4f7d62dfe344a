import { Injectable } from '@nestjs/common';
import { Problem } from '../../common/problems/problem.js';
import { KUBERNETES_APPLY, manifestsOf, nameOf } from '../../documents/step-types/kubernetes.js';
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
} from '../../provisioning/kinds/kind.js';
import { type Kubernetes, shownName } from '../../targets/kubernetes/kubernetes.js';
import { Targets } from '../../targets/targets.js';
import { applyObject, removeObjects } from './applied-objects.js';
import { differencesOf } from './differences.js';
import { type ApplyInput, idOf, toSend, type Wanted, wantedOf } from './manifests.js';
import { MADE_BY } from '../../targets/kubernetes/object.js';

/** Applies objects in Kubernetes. */
@Kind(KUBERNETES_APPLY.kind, KUBERNETES_APPLY.input, { requestable: false })
@Injectable()
export class KubernetesApplyKind implements ProvisionKind<ApplyInput> {
  constructor(private readonly targets: Targets) {}

  subjectOf(input: ApplyInput): string {
    const [first] = wantedOf(input);
    return `kubernetes_object:${first ? idOf(first.name) : ''}`;
  }

  validate(input: ApplyInput, { team }: AskContext): Promise<void> {
    this.targets.kubernetes(input.target, team);
    wantedOf(input);
    return Promise.resolve();
  }

  async plan(input: ApplyInput, { team, expected = AS_NOW }: AskContext): Promise<ShownChange[]> {
    const kubernetes = this.targets.kubernetes(input.target, team);
    const changes: ShownChange[] = [];
    let there = expected;
    for (const wanted of wantedOf(input)) {
      const change = await planOf(kubernetes, wanted, there);
      there = there.with(leftBy(kubernetes, wanted));
      if (change) changes.push(change);
    }
    return changes;
  }

  /** Namespaces, and the kinds of custom resources. */
  leaves(input: ApplyInput, { team }: AskContext): LeftThing[] {
    const kubernetes = this.targets.kubernetes(input.target, team);
    return manifestsOf({ manifest: input.manifest ?? [] }).flatMap((manifest) => {
      const { namespace: _, ...name } = nameOf(manifest, undefined);
      return leftBy(kubernetes, { name, manifest });
    });
  }

  /** All of it, or none: what was created before one that is refused is taken back. */
  async apply(input: ApplyInput, context: RunContext): Promise<ProvisionResult> {
    const kubernetes = this.targets.kubernetes(input.target, context.team);
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
    return { operations, outputs: { objects: operations.map(outputOf) } };
  }

  async undo({ target }: ApplyInput, made: ProvisionResult, { team }: RunContext): Promise<ProvisionResult> {
    const kubernetes = this.targets.kubernetes(target, team);
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

function leftBy(kubernetes: Kubernetes, { name, manifest }: Wanted): LeftThing[] {
  const spec = manifest.spec;
  const [group, kind] = [asText(fieldOf(spec, 'group')), asText(fieldOf(fieldOf(spec, 'names'), 'kind'))];
  if (name.kind === 'Namespace') return [{ ...kubernetes.namespaceThing(name.name), there: true }];
  if (name.kind !== 'CustomResourceDefinition') return [];
  return [{ ...kubernetes.kindThing(group, kind), there: true }];
}

function outputOf({ entitlement }: Operation): Record<string, unknown> {
  const { api_version, kind, namespace, name, uid } = entitlement;
  return { api_version, kind, ...(namespace === undefined ? {} : { namespace }), name, uid };
}
