import { Injectable } from '@nestjs/common';
import { Problem } from '../../common/problems/problem.js';
import { KUBERNETES_APPLY } from '../../documents/step-types/kubernetes.js';
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

  async plan(input: ApplyInput, { team }: AskContext): Promise<ShownChange[]> {
    const kubernetes = this.targets.kubernetes(input.target, team);
    const changes: ShownChange[] = [];
    const made = new Set<string>();
    for (const wanted of wantedOf(input)) {
      const change = await planOf(kubernetes, wanted, made);
      if (change?.before === null && wanted.name.kind === 'Namespace') made.add(wanted.name.name);
      if (change) changes.push(change);
    }
    return changes;
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

/** The change that applying would make; undefined: none. `made`: namespaces that the same step makes before. */
async function planOf(
  kubernetes: Kubernetes,
  wanted: Wanted,
  made: ReadonlySet<string>,
): Promise<ShownChange | undefined> {
  const located = await kubernetes.locate(wanted.name);
  const target = `kubernetes ${kubernetes.name}: ${shownName(wanted.name)}`;
  const creation = { change: 'create_object', target, before: null, after: wanted.manifest };
  if (made.has(wanted.name.namespace ?? '')) return creation;
  const found = await kubernetes.read(located);
  const manifest = toSend(wanted, found?.metadata.annotations?.[MADE_BY]);
  const { object } = await kubernetes.apply(located, manifest, { dryRun: true });
  if (!found) return creation;
  const differences = differencesOf(found, object);
  return differences && { change: 'change_object', target, ...differences };
}

function outputOf({ entitlement }: Operation): Record<string, unknown> {
  const { api_version, kind, namespace, name, uid } = entitlement;
  return { api_version, kind, ...(namespace === undefined ? {} : { namespace }), name, uid };
}
