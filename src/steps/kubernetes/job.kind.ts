import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { brokenRule, Problem } from '../../common/problems/problem.js';
import type { JsonObject } from '../../documents/model.js';
import { KUBERNETES_JOB } from '../../documents/step-types/types/kubernetes.js';
import { asText } from '../../documents/step-types/touched.js';
import { AS_NOW } from '../../provisioning/kinds/expected-things.js';
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
import { nextLook } from './looks.js';
import { type ApplyInput, toSend, type Wanted, wantedOf } from './manifests.js';
import { endOfJob } from './states.js';

/** The input of the step type `kubernetes.job`. */
export interface JobInput extends Omit<ApplyInput, 'state'> {
  seconds: number;
  keep_seconds: number;
}

/** After its time Kubernetes needs a moment to end a Job and to say so. */
const GRACE_MS = 60_000;
const MAX_MESSAGE = 4096;
const MAX_REASON = 500;
/** The name of a Job is a label of its pods, too. */
const MAX_NAME = 63;

/** Runs a Job and waits for its end. No worker is kept meanwhile. */
@Kind(KUBERNETES_JOB.kind, KUBERNETES_JOB.input, { requestable: false, lasting: false })
@Injectable()
export class KubernetesJobKind implements ProvisionKind<JobInput> {
  constructor(private readonly targets: Targets) {}

  /** Each run has a Job of its own: it waits for nobody else. */
  subjectOf(): string {
    return `kubernetes.job:${randomUUID()}`;
  }

  validate(input: JobInput, { team }: AskContext): Promise<void> {
    this.targets.kubernetes(input.target, team);
    jobOf(input, randomUUID());
    return Promise.resolve();
  }

  async plan(input: JobInput, { team, expected = AS_NOW }: AskContext): Promise<ShownChange[]> {
    const kubernetes = this.targets.kubernetes(input.target, team);
    const wanted = jobOf(input, randomUUID());
    try {
      const located = await kubernetes.locate(wanted.name);
      await kubernetes.apply(located, toSend(wanted, undefined), { dryRun: true });
    } catch (error) {
      if (!expected.solves(error)) throw error;
    }
    const [{ name, manifest } = wanted] = wantedOf(input);
    const target = `kubernetes ${kubernetes.name}: ${shownName(name)}`;
    return [
      { change: 'run_job', target, before: null, after: { ...manifest, at_most_seconds: input.seconds } },
    ];
  }

  async apply(input: JobInput, context: RunContext): Promise<ProvisionResult | Wait> {
    const kubernetes = this.targets.kubernetes(input.target, context.team);
    const wanted = jobOf(input, context.provisionId);
    const begun = context.saved?.['since'] as number | undefined;
    const since = begun ?? Date.now();
    const operations =
      begun === undefined ? [await applyObject(kubernetes, wanted, [], context)] : context.saved?.operations;
    const [job] = operations ?? [];
    if (!job) throw new Problem('not_possible', `${shownName(wanted.name)} was not made`);
    if (begun === undefined) await context.save({ operations: [job], since });
    return this.look(kubernetes, wanted, job, {
      since,
      rest: since + input.seconds * 1000 + GRACE_MS - Date.now(),
    });
  }

  async undo({ target }: JobInput, made: ProvisionResult, { team }: RunContext): Promise<ProvisionResult> {
    return { operations: await removeObjects(this.targets.kubernetes(target, team), made.operations) };
  }

  private async look(
    kubernetes: Kubernetes,
    { name }: Wanted,
    job: Operation,
    { since, rest }: { since: number; rest: number },
  ): Promise<ProvisionResult | Wait> {
    const { uid } = job.entitlement as { uid: string };
    const found = await kubernetes.read(await kubernetes.locate(name));
    if (found?.metadata.uid !== uid)
      throw new Problem('not_possible', `${shownName(name)} was removed by somebody`);
    const end = endOfJob(found);
    if (!end) {
      if (rest > 0) return nextLook(Date.now() - since, rest);
      await removeObjects(kubernetes, [job]);
      throw new Problem('not_possible', `${shownName(name)} did not end in its time, and was removed`);
    }
    const namespace = name.namespace ?? '';
    const message = (await kubernetes.messageOf(namespace, uid)).slice(0, MAX_MESSAGE);
    if (!end.complete) {
      const said = message === '' ? '' : `: ${message.slice(0, MAX_REASON)}`;
      throw new Problem('not_possible', `${shownName(name)} failed (${end.reason})${said}`);
    }
    return { operations: [job], since, outputs: { name: name.name, namespace, uid, message } };
  }
}

/** The Job as this provision makes it: with a name of its own, and with an end. */
function jobOf(input: JobInput, provision: string): Wanted {
  const [wanted] = wantedOf(input);
  if (wanted?.name.kind !== 'Job' || !wanted.name.apiVersion.startsWith('batch/'))
    throw brokenRule('manifest', 'must be a Job of batch/v1');
  const { manifest, name } = wanted;
  const spec = (manifest.spec ?? {}) as JsonObject;
  for (const field of ['activeDeadlineSeconds', 'ttlSecondsAfterFinished'])
    if (field in spec) throw brokenRule('manifest', `${field} is not set here: use seconds and keep_seconds`);
  const suffix = `-${provision.slice(0, 8)}`;
  const own = `${asText(name.name).slice(0, MAX_NAME - suffix.length)}${suffix}`;
  const limits = { activeDeadlineSeconds: input.seconds, ttlSecondsAfterFinished: input.keep_seconds };
  return {
    name: { ...name, name: own },
    manifest: {
      ...manifest,
      metadata: { ...(manifest.metadata as JsonObject), name: own },
      spec: { ...spec, ...limits },
    },
  };
}
