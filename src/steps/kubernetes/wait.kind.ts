import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { brokenRule, Problem } from '../../common/problems/problem.js';
import { KUBERNETES_WAIT } from '../../documents/step-types/types/kubernetes.js';
import {
  type AskContext,
  Kind,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
  type Wait,
} from '../../provisioning/kinds/kind.js';
import { shownName } from '../../targets/kubernetes/kubernetes.js';
import type { ObjectName } from '../../targets/kubernetes/object.js';
import { Targets } from '../../targets/targets.js';
import { nextLook } from './looks.js';
import { type Awaited, lookAt } from './states.js';

/** The input of the step type `kubernetes.wait`. */
export interface KubernetesWaitInput extends Awaited {
  target?: string;
  api_version: string;
  kind: string;
  namespace?: string;
  name: string;
  seconds: number;
}

/** Waits for an object in Kubernetes. No worker is kept meanwhile. */
@Kind(KUBERNETES_WAIT.kind, KUBERNETES_WAIT.input, { requestable: false, stoppable: true, lasting: false })
@Injectable()
export class KubernetesWaitKind implements ProvisionKind<KubernetesWaitInput> {
  constructor(private readonly targets: Targets) {}

  /** It waits for nobody else. */
  subjectOf(): string {
    return `kubernetes.wait:${randomUUID()}`;
  }

  validate(
    { target, kind, condition, field, equals }: KubernetesWaitInput,
    context: AskContext,
  ): Promise<void> {
    this.targets.kubernetes(target, context.team);
    if ((condition === undefined) === (field === undefined))
      throw brokenRule('condition', 'set either condition or field');
    if ((field === undefined) !== (equals === undefined))
      throw brokenRule('equals', 'must be set with field, and only with it');
    // what would be said of the value tells it
    if (kind === 'Secret') throw brokenRule('kind', 'a Secret is not looked into');
    return Promise.resolve();
  }

  plan(input: KubernetesWaitInput, { team }: AskContext): Promise<ShownChange[]> {
    const { name } = this.targets.kubernetes(input.target, team);
    const { condition, field = '', equals = '', seconds } = input;
    const after = {
      ...(condition === undefined ? { [field]: equals } : { condition }),
      at_most_seconds: seconds,
    };
    const target = `kubernetes ${name}: ${shownName(objectOf(input))}`;
    return Promise.resolve([{ change: 'wait', target, before: null, after }]);
  }

  /** Its end is stored first: whatever wakes it before, it does not begin again. */
  async apply(input: KubernetesWaitInput, context: RunContext): Promise<ProvisionResult | Wait> {
    const [since, now] = [(context.saved?.['since'] as number | undefined) ?? Date.now(), Date.now()];
    if (!context.saved) await context.save({ operations: [], since });
    const { uid, missing } = await this.look(input, context);
    if (missing === undefined)
      return { operations: [], since, outputs: { name: input.name, ...(uid !== undefined && { uid }) } };
    const rest = since + input.seconds * 1000 - now;
    if (rest <= 0)
      throw new Problem(
        'not_possible',
        `${shownName(objectOf(input))}: ${missing}, and did not change within ${input.seconds} seconds`,
      );
    return nextLook(now - since, rest);
  }

  private async look(
    input: KubernetesWaitInput,
    { team }: RunContext,
  ): Promise<{ uid?: string; missing?: string }> {
    const kubernetes = this.targets.kubernetes(input.target, team);
    const object = objectOf(input);
    // somebody may make it meanwhile, as an operator does
    if (!(await kubernetes.knows(object))) return { missing: `there is no kind ${input.kind}` };
    const found = await kubernetes.read(await kubernetes.locate(object));
    if (!found) return { missing: 'it is not there' };
    const missing = lookAt(found, input);
    return { uid: found.metadata.uid, ...(missing === undefined ? {} : { missing }) };
  }
}

function objectOf({ api_version: apiVersion, kind, namespace, name }: KubernetesWaitInput): ObjectName {
  return { apiVersion, kind, namespace, name };
}
