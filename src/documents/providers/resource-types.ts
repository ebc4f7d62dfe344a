import type { Json, JsonObject, Operation, ResourceType, Workflow } from '../model.js';
import { nearest } from '../nearest.js';
import { isObject, type Reader } from '../reader.js';
import type { Path } from '../yaml/yaml-source.js';

const OPERATIONS: readonly Operation[] = ['create', 'read', 'update', 'delete'];
const TYPE = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$/;

/** A type that is another name of one, until that is found. */
interface Alias {
  type: string;
  aliasFor: string;
  path: Path;
}

/**
 * The resource types of a provider: a plain list of names (created by the first provisioner that creates), the form
 * with a workflow for each operation, and aliases.
 */
export function readResourceTypes(
  reader: Reader,
  root: JsonObject,
  workflows: Workflow[],
  names: readonly string[],
): ResourceType[] {
  return new ResourceTypes(reader, workflows, names).read(root);
}

class ResourceTypes {
  private readonly types: ResourceType[] = [];
  private readonly aliases: Alias[] = [];

  constructor(
    private readonly reader: Reader,
    private readonly workflows: Workflow[],
    /** All workflows that there are, also those with errors. */
    private readonly names: readonly string[],
  ) {}

  read(root: JsonObject): ResourceType[] {
    const { reader } = this;
    const path: Path = ['capabilities'];
    const capabilities =
      root.capabilities === undefined
        ? {}
        : (reader.fields(
            root.capabilities,
            path,
            ['resourceTypes', 'resourceTypeCapabilities'],
            '`capabilities`',
          ) ?? {});
    this.capabilities(capabilities, path, 'resourceTypeCapabilities');
    this.capabilities(root, [], 'resource_types');
    // names that the other form has already are only repeated
    this.simple(capabilities, path, 'resourceTypes');
    this.simple(root, [], 'supported_resources');
    for (const alias of this.aliases) this.resolve(alias);
    return this.types;
  }

  private simple(fields: JsonObject, path: Path, name: string): void {
    const create = this.workflows.find(
      ({ category, operation }) => category === 'provisioner' && operation === 'create',
    );
    this.reader.texts(fields, path, name).forEach((type, index) => {
      if (this.types.some((each) => each.type === type) || this.aliases.some((each) => each.type === type))
        return;
      if (create) this.add({ type, operations: { create: create.name } }, [...path, name, index]);
      else this.reader.error([...path, name, index], `No workflow creates resources of type \`${type}\``);
    });
  }

  private capabilities(fields: JsonObject, path: Path, name: string): void {
    this.reader.list(fields, path, name).forEach((item, index) => {
      const at = [...path, name, index];
      if (typeof item === 'string') return this.simple({ [name]: [item] }, path, name);
      const entry = this.reader.fields(
        item,
        at,
        ['type', 'class', 'operations', 'aliasFor', 'description'],
        'A resource type',
      );
      const type = entry && this.reader.requiredText(entry, at, 'type', 'A resource type');
      if (!entry || type === undefined) return;
      const aliasFor = this.reader.text(entry, at, 'aliasFor');
      if (aliasFor !== undefined) {
        if (entry.operations !== undefined)
          this.reader.errorAtKey(
            [...at, 'operations'],
            'A type with `aliasFor` has no operations of its own',
          );
        this.aliases.push({ type, aliasFor, path: at });
        return;
      }
      const resourceClass = this.reader.text(entry, at, 'class');
      const operations = this.operations(entry.operations, [...at, 'operations'], at);
      this.add({ type, ...(resourceClass === undefined ? {} : { class: resourceClass }), operations }, [
        ...at,
        'type',
      ]);
    });
  }

  private operations(value: Json | undefined, path: Path, at: Path): ResourceType['operations'] {
    if (value === undefined) {
      this.reader.errorAtKey(at, 'A resource type needs `operations`, or `aliasFor`');
      return {};
    }
    const fields = this.reader.fields(value, path, OPERATIONS, '`operations`') ?? {};
    const found: ResourceType['operations'] = {};
    for (const operation of OPERATIONS) {
      const given = fields[operation];
      if (given === undefined) continue;
      const name = this.workflowOf(given, [...path, operation]);
      if (name !== undefined) found[operation] = name;
    }
    return found;
  }

  /** The name of a workflow, `{workflow}`, or `{workflows: [{name}], default}`. */
  private workflowOf(value: Json, path: Path): string | undefined {
    const { reader } = this;
    if (typeof value === 'string') return this.existing(value, path);
    const fields = reader.fields(value, path, ['workflow', 'workflows', 'default'], 'An operation');
    if (!fields) return undefined;
    const one = reader.text(fields, path, 'workflow');
    if (one !== undefined) return this.existing(one, [...path, 'workflow']);
    const names = reader.list(fields, path, 'workflows').flatMap((item, index) => {
      const name = isObject(item) ? item.name : item;
      return typeof name === 'string' ? [this.existing(name, [...path, 'workflows', index])] : [];
    });
    const chosen = reader.text(fields, path, 'default') ?? names[0];
    if (chosen === undefined) reader.errorAtKey(path, 'An operation needs `workflow`');
    else if (fields.default !== undefined) this.existing(chosen, [...path, 'default']);
    return chosen;
  }

  private existing(name: string, path: Path): string {
    const { names } = this;
    if (!names.includes(name))
      this.reader.error(path, `There is no workflow \`${name}\``, nearest(name, names));
    return name;
  }

  private add(type: ResourceType, path: Path): void {
    if (!TYPE.test(type.type))
      this.reader.error(path, 'The name of a resource type has letters, digits, `.`, `_` and `-`');
    const double = this.types.some((each) => each.type === type.type && each.class === type.class);
    if (double) this.reader.error(path, `There are two resource types \`${type.type}\``);
    else this.types.push(type);
  }

  private resolve({ type, aliasFor, path }: Alias): void {
    const seen = [type];
    let target = aliasFor;
    for (;;) {
      if (seen.includes(target))
        return this.reader.error([...path, 'aliasFor'], `Aliases go round: ${[...seen, target].join(' → ')}`);
      const next = this.aliases.find((each) => each.type === target);
      if (!next) break;
      seen.push(target);
      target = next.aliasFor;
    }
    const found = this.types.filter(
      (each) => each.type === target && !this.aliases.some((alias) => alias.type === each.type),
    );
    if (found.length === 0)
      return this.reader.error(
        [...path, 'aliasFor'],
        `There is no resource type \`${target}\``,
        nearest(
          target,
          this.types.map((each) => each.type),
        ),
      );
    for (const each of found) this.add({ ...each, type }, [...path, 'type']);
  }
}
