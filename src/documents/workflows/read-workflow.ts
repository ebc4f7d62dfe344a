import type { Files, Json, JsonObject, JsonSchema, Operation, Reading, Step, Workflow } from '../model.js';
import { isObject, Reader } from '../reader.js';
import type { Declared } from '../references/declared.js';
import { readParameters } from '../parameters/read-parameters.js';
import { readYaml } from '../yaml/read-yaml.js';
import type { Path, YamlSource } from '../yaml/yaml-source.js';
import { PHASES, TRIGGERS, obstacleTo } from './events.js';
import { outputsOf, readStep } from './read-step.js';
import { checkStepInput } from './step-input.js';

const MAX_STEPS = 100;
const BODY = ['parameters', 'steps', 'outputs', 'triggers', 'on_failure', 'onFailure'];
const HEAD = [
  'name',
  'description',
  'owner',
  'product',
  'phase',
  'version',
  'category',
  'operation',
  'tags',
  'labels',
];
const OPERATIONS: readonly Operation[] = ['create', 'read', 'update', 'delete'];
const KINDS = ['Workflow', 'PlatformWorkflow', 'ProductWorkflow', 'GoldenPath'];

/** What the provider's own document says of a workflow; it counts more than the workflow's. */
export interface Listed {
  name?: string;
  description?: string;
  category?: Workflow['category'];
  operation?: Operation;
}

/** A part of the document, and where it is. */
interface Part {
  fields: JsonObject;
  path: Path;
}

/**
 * Reads a workflow: the provider form (`kind: Workflow`), the forms of platform and product workflows, or the flat form,
 * which has all fields at the top. `files` are those of its provider.
 */
export function readWorkflow(
  file: string,
  text: string,
  listed: Listed = {},
  files: Files = new Map(),
): Reading<Workflow> {
  const source = readYaml(file, text);
  if (!source.value) return { value: undefined, errors: source.errors, warnings: source.warnings };
  return new WorkflowReader(source.value, listed, files).read();
}

class WorkflowReader {
  private readonly reader: Reader;
  private head: Part = { fields: {}, path: [] };
  private body: Part = { fields: {}, path: [] };

  constructor(
    private readonly source: YamlSource,
    private readonly listed: Listed,
    private readonly files: Files,
  ) {
    this.reader = new Reader(source);
  }

  read(): Reading<Workflow> {
    const { reader, listed } = this;
    if (!this.parts()) return reader.reading<Workflow>(undefined);
    const { fields, path } = this.head;
    const name = listed.name ?? reader.requiredText(fields, path, 'name', 'A workflow');
    const description = reader.text(fields, path, 'description') ?? listed.description;
    const owner = reader.text(fields, path, 'owner');
    const category =
      listed.category ??
      reader.choice(fields, path, 'category', ['provisioner', 'goldenpath']) ??
      'provisioner';
    const operation = listed.operation ?? reader.choice(fields, path, 'operation', OPERATIONS) ?? 'create';
    const phase = reader.choice(fields, path, 'phase', Object.keys(PHASES) as (keyof typeof PHASES)[]);
    const parameters = readParameters(reader, this.body.fields.parameters, [...this.body.path, 'parameters']);
    const { steps, declared } = this.steps(parameters);
    return reader.reading<Workflow>({
      name: name ?? '',
      file: this.source.file,
      ...(description === undefined ? {} : { description }),
      ...(owner === undefined ? {} : { owner }),
      category,
      operation,
      phase: phase === undefined ? 'main' : PHASES[phase],
      triggers: this.triggers(parameters),
      parameters,
      steps,
      outputs: this.outputs(declared),
      onFailure: this.onFailure(category),
    });
  }

  /** Finds the parts of the document's form; false if it has none. */
  private parts(): boolean {
    const { reader } = this;
    const { tree } = this.source;
    const isManifest =
      isObject(tree) &&
      (tree.apiVersion !== undefined ||
        tree.kind !== undefined ||
        tree.spec !== undefined ||
        tree.metadata !== undefined);
    if (!isManifest) {
      const fields = reader.fields(tree, [], [...HEAD, ...BODY], 'A workflow');
      this.head = this.body = { fields: fields ?? {}, path: [] };
      return fields !== undefined;
    }
    const fields =
      reader.fields(tree, [], ['apiVersion', 'kind', 'metadata', 'spec', ...BODY], 'A workflow') ?? {};
    reader.choice(fields, [], 'kind', KINDS);
    const apiVersion = reader.text(fields, [], 'apiVersion');
    if (
      apiVersion !== undefined &&
      !/^(innominatus\.io|workflow\.dev|orchestrator\.[a-z.]+)\/v\d/.test(apiVersion)
    )
      reader.error(
        ['apiVersion'],
        '`apiVersion` must be `innominatus.io/v1alpha1` or `workflow.dev/v1`',
        'innominatus.io/v1alpha1',
      );
    this.head = this.part(fields, 'metadata', HEAD) ?? { fields: {}, path: ['metadata'] };
    const spec = fields.spec === undefined ? undefined : this.part(fields, 'spec', BODY);
    this.body = spec ?? { fields, path: [] };
    if (spec)
      for (const name of BODY)
        if (fields[name] !== undefined)
          reader.errorAtKey([name], `\`${name}\` stands in \`spec\` here, beside the other fields`);
    return true;
  }

  private part(fields: JsonObject, name: string, known: readonly string[]): Part | undefined {
    const inner = this.reader.fields(fields[name], [name], known, `\`${name}\``);
    return inner && { fields: inner, path: [name] };
  }

  private steps(inputs: JsonSchema): { steps: Step[]; declared: Declared } {
    const { reader } = this;
    const path = [...this.body.path, 'steps'];
    const items = reader.list(this.body.fields, this.body.path, 'steps');
    if (items.length === 0)
      reader.errorAtKey(
        this.body.fields.steps === undefined ? this.body.path : path,
        'A workflow needs at least one step',
      );
    if (items.length > MAX_STEPS) reader.errorAtKey(path, `A workflow has at most ${MAX_STEPS} steps`);
    const stepNames = items.flatMap((item) =>
      isObject(item) && typeof item.name === 'string' ? [item.name] : [],
    );
    const done = new Map<string, { readonly [output: string]: JsonSchema } | undefined>();
    const declared: Declared = { inputs, steps: done, stepNames };
    const steps = items.slice(0, MAX_STEPS).flatMap((item, index) => {
      const step = readStep(reader, item, [...path, index], declared, this.files);
      if (step) done.set(step.name, outputsOf(step.type));
      // what is wrong with a step is said there, and not again where it is referred to
      else if (isObject(item) && typeof item.name === 'string') done.set(item.name, undefined);
      return step ? [step] : [];
    });
    return { steps, declared };
  }

  /** A mapping of values, or a list of {name, value}. */
  private outputs(declared: Declared): JsonObject {
    const { reader } = this;
    const given = this.body.fields.outputs;
    const path = [...this.body.path, 'outputs'];
    if (given === undefined || given === null) return {};
    if (!isObject(given)) {
      reader.error(path, '`outputs` must be a mapping of names to values');
      return {};
    }
    const value = Object.fromEntries(
      Object.entries(given).map(([name, each]): [string, Json] => [
        name,
        isObject(each) && each.value !== undefined ? each.value : each,
      ]),
    );
    const at = ([name = '', ...rest]: Path): Path => {
      const each = given[String(name)];
      return isObject(each) && each.value !== undefined
        ? [...path, name, 'value', ...rest]
        : [...path, name, ...rest];
    };
    checkStepInput(reader, { value, at }, undefined, declared);
    return value;
  }

  /** A warning for those that cannot start it: a parameter is missing then. */
  private triggers(parameters: JsonSchema): Workflow['triggers'] {
    const { reader, body } = this;
    const given = reader.texts(body.fields, body.path, 'triggers');
    const triggers = given.flatMap((name, index) => {
      const path = [...body.path, 'triggers', index];
      const events = Object.hasOwn(TRIGGERS, name) ? (TRIGGERS[name] ?? []) : undefined;
      if (!events) reader.error(path, unknownTrigger(name));
      for (const event of events ?? []) {
        const obstacle = event === 'manual' ? undefined : obstacleTo(event, parameters);
        if (obstacle !== undefined) reader.warning(path, `\`${event}\` cannot start it: ${obstacle}`);
      }
      return events ?? [];
    });
    return triggers.length === 0 ? ['manual'] : [...new Set(triggers)];
  }

  private onFailure(category: Workflow['category']): Workflow['onFailure'] {
    const field = this.body.fields.onFailure === undefined ? 'on_failure' : 'onFailure';
    const given = this.reader.choice(this.body.fields, this.body.path, field, ['rollback', 'keep']);
    return given ?? (category === 'goldenpath' ? 'rollback' : 'keep');
  }
}

function unknownTrigger(name: string): string {
  const known = Object.keys(TRIGGERS).map((each) => `\`${each}\``);
  return `There is no trigger \`${name}\`: there are ${known.join(', ')}`;
}
