import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemActor } from '../../../src/auth/system-actor.js';
import type { AppConfig } from '../../../src/config/app-config.js';
import { targetsOf } from '../../../src/config/targets.js';
import type { StepType } from '../../../src/documents/step-types/step-type.js';
import { AS_NOW, type LeftThing } from '../../../src/provisioning/kinds/expected-things.js';
import type {
  Operation,
  ProvisionKind,
  ProvisionResult,
  RunContext,
} from '../../../src/provisioning/kinds/kind.js';
import { readBySchema } from '../../../src/provisioning/kinds/schema-input.js';
import { Targets } from '../../../src/targets/targets.js';
import { tempDir } from '../service/temp.js';

export const TEAM = 'field';

/** A file with a secret, as an administrator keeps it. */
export function secretFile(secret: string): string {
  const path = join(tempDir('secret'), 'secret');
  writeFileSync(path, `${secret}\n`);
  return path;
}

/** The targets of a service with this TARGETS_FILE. */
export function targetsWith(targets: readonly object[]): Targets {
  const path = join(tempDir('targets'), 'targets.json');
  writeFileSync(path, JSON.stringify({ targets }));
  const problems: string[] = [];
  const read = targetsOf(path, {}, problems);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return new Targets({ targets: read } as unknown as AppConfig);
}

/** One step of a workflow, carried out as the engine does it: the same provision until it has succeeded. */
export class StepRun<I extends object> {
  readonly provisionId = randomUUID();
  private readonly input: I;

  constructor(
    private readonly kind: ProvisionKind<I>,
    { input: schema }: StepType,
    input: object,
    private readonly team: string | undefined = TEAM,
  ) {
    this.input = readBySchema(schema, input, 'input') as I;
  }

  async validate(): Promise<void> {
    await this.kind.validate?.(this.input, { ...systemActor('tester'), team: this.team });
  }

  /** The changes that it would make after what steps before it leave, in words. */
  async plan(left: readonly LeftThing[] = []): Promise<string[]> {
    const expected = AS_NOW.with(left);
    const changes = await this.kind.plan(this.input, { ...systemActor('tester'), team: this.team, expected });
    return changes.map(({ change, target }) => `${change} ${target}`);
  }

  /** `saved`: what an earlier attempt has stored. */
  async apply(saved: ProvisionResult | null = null): Promise<ProvisionResult & { outputs: any }> {
    await this.validate();
    const context = { ...this.context(), saved };
    return (await this.kind.apply(this.input, context)) as ProvisionResult & { outputs: any };
  }

  /** Neither its plan nor the step itself goes: both say why. */
  async expectRefused(rule: string): Promise<void> {
    await expect(this.plan()).rejects.toThrow(rule);
    await expect(this.apply()).rejects.toThrow(rule);
  }

  /** The undo, which is a provision of its own. */
  async undo(made: ProvisionResult): Promise<ProvisionResult> {
    if (!this.kind.undo) throw new Error('it has no undo');
    const context = { ...this.context(), provisionId: randomUUID() };
    return (await this.kind.undo(this.input, made, context)) as ProvisionResult;
  }

  private context(): RunContext {
    return {
      provisionId: this.provisionId,
      actor: systemActor('tester'),
      origin: 'api',
      correlationId: 'test',
      team: this.team,
      saved: null,
      save: () => Promise.resolve(),
      guard: () => Promise.resolve(),
      signal: new AbortController().signal,
    };
  }
}

/** `create done role field_reader`, for each operation. */
export function shown({ operations }: { operations: readonly Operation[] }): string[] {
  return operations.map(({ entitlement, action, status, message }) =>
    [action, status, entitlement['type'], entitlement['id'], ...(message ? [`(${message})`] : [])].join(' '),
  );
}
