import type {
  Files,
  Finding,
  JsonObject,
  Operation,
  Provider,
  Reading,
  ResourceType,
  Workflow,
} from '../model.js';
import { isObject, Reader } from '../reader.js';
import { type Listed, readWorkflow } from '../workflows/read-workflow.js';
import { readYaml } from '../yaml/read-yaml.js';
import type { Path } from '../yaml/yaml-source.js';
import { checkCalls } from './calls.js';
import { readResourceTypes } from './resource-types.js';

const NAMES = ['provider.yaml', 'provider.yml', 'platform.yaml', 'platform.yml'];
const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;
const FLAT = [
  'name',
  'description',
  'version',
  'owner',
  'workflows_dir',
  'tags',
  'category',
  'supported_resources',
  'resource_types',
];
const METADATA = [
  'name',
  'version',
  'category',
  'description',
  'owner',
  'author',
  'homepage',
  'repository',
  'license',
  'tags',
];
const MANIFEST = [
  'apiVersion',
  'kind',
  'metadata',
  'compatibility',
  'capabilities',
  'workflows',
  'provisioners',
  'goldenpaths',
  'configuration',
];
const LISTED = ['name', 'file', 'version', 'description', 'category', 'operation', 'tags'];
const OPERATIONS: readonly Operation[] = ['create', 'read', 'update', 'delete'];

export interface ReadProviderOptions {
  /** A provider and its workflows need an owner and a description; otherwise that is a warning. */
  strict?: boolean;
}

/** A workflow's file, and what the provider's document says of it. */
interface Entry {
  file: string;
  listed: Listed;
  path: Path;
}

/**
 * Reads a provider: its document (`provider.yaml`, `provider.yml`, `platform.yaml` or `platform.yml`, in the manifest
 * form or the flat form) and its workflows.
 */
export function readProvider(files: Files, { strict = false }: ReadProviderOptions = {}): Reading<Provider> {
  const file = NAMES.find((name) => files.has(name));
  if (file === undefined)
    return failed({
      file: NAMES[0] ?? '',
      line: 1,
      column: 1,
      message: 'The provider has no `provider.yaml`',
    });
  const source = readYaml(file, files.get(file) ?? '');
  if (!source.value) return { value: undefined, errors: source.errors, warnings: source.warnings };
  return new ProviderReader(new Reader(source.value), files, strict).read();
}

const failed = (error: Finding): Reading<Provider> => ({ value: undefined, errors: [error], warnings: [] });

class ProviderReader {
  /** The names of workflows with errors, as far as they can be told. */
  private readonly unread: string[] = [];

  constructor(
    private readonly reader: Reader,
    private readonly files: Files,
    private readonly strict: boolean,
  ) {}

  read(): Reading<Provider> {
    const { reader } = this;
    const { tree } = reader.source;
    const isManifest =
      isObject(tree) &&
      (tree.apiVersion !== undefined || tree.metadata !== undefined || tree.kind !== undefined);
    const root = reader.fields(tree, [], isManifest ? MANIFEST : FLAT, 'A provider');
    if (!root) return reader.reading<Provider>(undefined);
    if (isManifest) reader.choice(root, [], 'kind', ['Provider', 'Platform']);
    const path: Path = isManifest ? ['metadata'] : [];
    const head = isManifest ? (reader.fields(root.metadata, path, METADATA, '`metadata`') ?? {}) : root;
    const name = reader.requiredText(head, path, 'name', 'A provider');
    if (name !== undefined && !NAME.test(name))
      reader.error(
        [...path, 'name'],
        'The name of a provider has at most 63 small letters, digits and `-`',
        name.toLowerCase().replace(/[^a-z0-9]+/g, '-'),
      );
    const entries = isManifest ? this.listed(root) : this.scanned(root);
    const workflows = this.workflows(entries);
    // what is wrong with a workflow is said there, and not again where it is named
    const names = [...workflows, ...entries.map(({ listed }) => listed)].flatMap((each) => each.name ?? []);
    names.push(...this.unread);
    if (this.unread.length === 0) checkCalls(reader, { workflows, files: this.files });
    const resourceTypes = readResourceTypes(reader, root, workflows, names);
    const owner = reader.text(head, path, 'owner') ?? reader.text(head, path, 'author');
    const description = reader.text(head, path, 'description');
    this.wanted(head, path, { owner, description });
    const provider = this.provider(head, path, { name: name ?? '', workflows, resourceTypes });
    return reader.reading<Provider>({ ...provider, ...given({ owner, description }) });
  }

  private provider(
    head: JsonObject,
    path: Path,
    rest: { name: string; workflows: Workflow[]; resourceTypes: ResourceType[] },
  ): Provider {
    const { reader } = this;
    const version =
      typeof head.version === 'number' ? String(head.version) : reader.text(head, path, 'version');
    return {
      ...rest,
      ...given({ version, category: reader.text(head, path, 'category') }),
      tags: reader.texts(head, path, 'tags'),
    };
  }

  /** An owner and a description: somebody must know whom to ask. */
  private wanted(head: JsonObject, path: Path, fields: { owner?: string; description?: string }): void {
    for (const [name, value] of Object.entries(fields)) {
      if (value !== undefined || head[name] !== undefined) continue;
      if (this.strict) this.reader.errorAtKey(path, `A provider needs \`${name}\``);
      else this.reader.warning(path, `A provider should have \`${name}\``);
    }
  }

  /** The workflows that a manifest lists, in its present form and in the two that came before. */
  private listed(root: JsonObject): Entry[] {
    const { reader } = this;
    const lists: [string, Workflow['category'] | undefined][] = [
      ['workflows', undefined],
      ['provisioners', 'provisioner'],
      ['goldenpaths', 'goldenpath'],
    ];
    return lists.flatMap(([list, category]) => {
      if (category !== undefined && root[list] !== undefined)
        reader.warning(
          [list],
          `\`${list}\` is an old name: list workflows in \`workflows\`, with \`category: ${category}\``,
        );
      return reader.list(root, [], list).flatMap((item, index) => {
        const path: Path = [list, index];
        const fields = reader.fields(item, path, LISTED, 'An entry of `workflows`');
        const file = fields && reader.requiredText(fields, path, 'file', 'An entry of `workflows`');
        if (!fields || file === undefined) return [];
        const listed: Listed = given({
          name: reader.requiredText(fields, path, 'name', 'An entry of `workflows`'),
          description: reader.text(fields, path, 'description'),
          category:
            reader.choice(fields, path, 'category', ['provisioner', 'goldenpath'] as const) ??
            category ??
            'provisioner',
          operation: reader.choice(fields, path, 'operation', OPERATIONS),
        });
        return [{ file: file.replace(/^\.\//, ''), listed, path: [...path, 'file'] }];
      });
    });
  }

  /** The files of the flat form's folder. */
  private scanned(root: JsonObject): Entry[] {
    const given = this.reader.text(root, [], 'workflows_dir') ?? 'workflows';
    const folder = given.replace(/^\.\//, '').replace(/\/+$/, '');
    const files = [...this.files.keys()].filter(
      (file) => file.startsWith(`${folder}/`) && /\.ya?ml$/.test(file),
    );
    if (files.length === 0)
      this.reader.error(
        root.workflows_dir === undefined ? [] : ['workflows_dir'],
        `The folder \`${folder}\` has no workflows`,
      );
    return files.sort().map((file) => ({ file, listed: {}, path: ['workflows_dir'] }));
  }

  private workflows(entries: Entry[]): Workflow[] {
    const { reader, files } = this;
    const names = new Set<string>();
    return entries.flatMap(({ file, listed, path }) => {
      const text = files.get(file);
      if (text === undefined) {
        reader.error(path, `There is no file \`${file}\``);
        return [];
      }
      const { value, errors, warnings } = readWorkflow(file, text, listed, files);
      reader.errors.push(...errors);
      reader.warnings.push(...warnings);
      if (!value) {
        this.unread.push(...namesIn(file, text));
        return [];
      }
      const place = { file, line: 1, column: 1 };
      if (names.has(value.name))
        reader.errors.push({ ...place, message: `There are two workflows \`${value.name}\`` });
      names.add(value.name);
      const missing = value.description === undefined ? 'description' : undefined;
      if (missing)
        (this.strict ? reader.errors : reader.warnings).push({
          ...place,
          message: `A workflow ${this.strict ? 'needs' : 'should have'} \`${missing}\``,
        });
      return [value];
    });
  }
}

/** What a workflow may be called whose document cannot be read. */
function namesIn(file: string, text: string): string[] {
  const written = [...text.matchAll(/^(?: {2})?name:[ \t]*["']?([\w.-]+)/gm)].map(([, name = '']) => name);
  return [...written, file.replace(/^.*\/|\.ya?ml$/g, '')];
}

/** Without the fields that are undefined. */
function given<T extends Record<string, unknown>>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
