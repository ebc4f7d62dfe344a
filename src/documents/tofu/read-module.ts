import type { Json, JsonObject } from '../model.js';
import { isObject } from '../reader.js';
import { asText } from '../step-types/touched.js';
import { type Block, blocksOf, type Refusal } from './blocks.js';
import { functionsProblem } from './functions.js';
import { addressOf, BUILT_IN, Providers } from './providers-of.js';

export type { Refusal } from './blocks.js';
export { BUILT_IN } from './providers-of.js';

/** The most files of a module, and the most bytes of all of them. */
export const MAX_FILES = 50;
export const MAX_BYTES = 524_288;

/** A checked module. OpenTofu gets these texts and no others: they are written anew from what was checked. */
export interface Module {
  files: Map<string, string>;
  /** The variables of the root module. `secret`: it takes a text that is shown nowhere. */
  variables: Map<string, { secret: boolean; required: boolean }>;
}

/** What may stand at the top of a file. A block that is not here is refused: `import`, say, or one of a later version. */
const TOP = new Set([
  ...['//', 'terraform', 'provider', 'variable', 'locals', 'output', 'module'],
  ...['resource', 'data', 'ephemeral', 'check', 'moved', 'removed'],
]);
const NAME = /^[A-Za-z0-9_-]{1,100}\.tf\.json$/;
const FOLDER = /^[A-Za-z0-9_-]{1,100}$/;
/** Only a folder of the same module, told by a plain text. */
const LOCAL = /^\.(\/[A-Za-z0-9_-]{1,100}){1,10}\/?$/;

/**
 * Reads a module in JSON syntax, and refuses what would run a program, fetch something, read the worker's files or use a provider that is
 * not allowed. `allowed` undefined: any provider, because only a worker knows which.
 */
export function readModule(
  files: Readonly<Record<string, string>>,
  allowed?: ReadonlySet<string>,
): { module?: Module; refusals: Refusal[] } {
  const refusals: Refusal[] = [];
  const refuse = (refusal: Refusal): void => void refusals.push(refusal);
  const trees = treesOf(files, refuse);
  const byFolder = Map.groupBy(trees, ([path]) => folderOf(path));
  for (const [folder, inside] of byFolder) new FolderReader(folder, byFolder, allowed, refuse).read(inside);
  if (!byFolder.has('')) refuse({ at: 'files', rule: 'must have a file NAME.tf.json at the top' });
  if (refusals.length > 0) return { refusals };
  const root = byFolder.get('') ?? [];
  const variables = root.flatMap(([path, tree]) => blocksOf(tree.variable, 1, path, refuse));
  return {
    refusals,
    module: {
      files: new Map(trees.map(([path, tree]) => [path, JSON.stringify(tree)])),
      variables: new Map(
        variables.map(({ labels: [name = ''], body }) => [
          name,
          { secret: body.sensitive === true && body.type === 'string', required: !('default' in body) },
        ]),
      ),
    },
  };
}

type Tree = [path: string, tree: JsonObject];

function treesOf(files: Readonly<Record<string, string>>, refuse: (refusal: Refusal) => void): Tree[] {
  const entries = Object.entries(files);
  const bytes = entries.reduce((sum, [, text]) => sum + Buffer.byteLength(text), 0);
  if (entries.length > MAX_FILES) refuse({ at: 'files', rule: `must be at most ${MAX_FILES} files` });
  if (bytes > MAX_BYTES) refuse({ at: 'files', rule: `must have at most ${MAX_BYTES} bytes together` });
  return entries.flatMap(([path, text]): Tree[] => {
    const rule = pathProblem(path);
    if (rule !== undefined) refuse({ at: path, rule });
    const tree = rule === undefined ? parsed(text) : undefined;
    if (isObject(tree)) return [[path, tree]];
    if (rule === undefined) refuse({ at: path, rule: 'must be JSON with a mapping at the top' });
    return [];
  });
}

function pathProblem(path: string): string | undefined {
  const segments = path.split('/');
  const name = segments.pop() ?? '';
  if (segments.length > 10 || !segments.every((each) => FOLDER.test(each)) || !NAME.test(name))
    return 'must be named NAME.tf.json, of A-Z a-z 0-9 _ -, in folders of such names: only JSON syntax can be checked to the end';
  if (/(^|_)override\.tf\.json$/.test(name)) return 'must not override other files';
  return undefined;
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

const folderOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), 0));

/** Checks the files of one folder, which are one module to OpenTofu. */
class FolderReader {
  private readonly providers: Providers;

  constructor(
    private readonly folder: string,
    private readonly folders: ReadonlyMap<string, unknown>,
    allowed: ReadonlySet<string> | undefined,
    private readonly refuse: (refusal: Refusal) => void,
  ) {
    this.providers = new Providers(allowed, refuse);
  }

  read(files: readonly Tree[]): void {
    for (const [path, { terraform }] of files)
      for (const { body, at } of this.blocks(terraform, 0, `${path}: terraform`)) this.settings(body, at);
    for (const [path, tree] of files) {
      for (const name of Object.keys(tree))
        if (!TOP.has(name)) this.refuse({ at: path, rule: `must not have \`${name}\`` });
      this.blocksIn(path, tree);
      functionsProblem(tree, path, this.refuse);
    }
  }

  /** A backend, a cloud and an encryption of its own would take the state elsewhere. */
  private settings(body: JsonObject, at: string): void {
    for (const name of Object.keys(body))
      if (!['//', 'required_version', 'required_providers'].includes(name))
        this.refuse({ at, rule: `must not have \`${name}\`: this service decides where the state is` });
    for (const block of this.blocks(body.required_providers, 0, `${at}.required_providers`))
      this.providers.declare(block.body, block.at);
  }

  private blocksIn(path: string, tree: JsonObject): void {
    const of = (name: string, labels: number) => this.blocks(tree[name], labels, `${path}: ${name}`);
    for (const each of of('resource', 2)) this.resource(each);
    for (const each of of('data', 2)) this.data(each);
    for (const each of of('ephemeral', 2)) this.managed(each);
    for (const { body, at } of of('check', 1))
      for (const each of this.blocks(body.data, 2, `${at}.data`)) this.data(each);
    for (const { labels, at } of of('provider', 1)) this.providers.use(labels[0] ?? '', at);
    for (const each of of('module', 1)) this.module(each);
    for (const { body, at } of of('removed', 0))
      for (const name of Object.keys(body))
        if (!['//', 'from', 'lifecycle'].includes(name))
          this.refuse({ at, rule: `must not have \`${name}\`` });
    for (const name of ['variable', 'output', 'moved']) of(name, name === 'moved' ? 0 : 1);
  }

  private resource(block: Block): void {
    for (const name of ['provisioner', 'connection'])
      if (name in block.body)
        this.refuse({ at: block.at, rule: `must not have a \`${name}\`: a step runs no programs` });
    this.managed(block);
  }

  private data(block: Block): void {
    const [type = ''] = block.labels;
    if (type === 'external' || type === 'terraform_remote_state')
      this.refuse({ at: block.at, rule: `must not read \`${type}\`` });
    else this.managed(block);
  }

  private managed({ labels: [type = ''], body, at }: Block): void {
    const given = body.provider;
    const name = given === undefined ? addressOf(type) : /^[A-Za-z0-9_-]+/.exec(plain(given))?.[0];
    if (name === undefined) this.refuse({ at, rule: '`provider` must name a provider' });
    else this.providers.use(name, at);
  }

  private module({ body, at }: Block): void {
    const source = asText(body.source);
    if (!LOCAL.test(source))
      this.refuse({ at, rule: '`source` must be a folder of this module, such as ./network' });
    else {
      const inner = [...(this.folder === '' ? [] : [this.folder]), source.slice(2).replace(/\/$/, '')];
      if (!this.folders.has(inner.join('/')))
        this.refuse({ at, rule: `\`source\` names ${source}, which has no files` });
    }
    if ('version' in body) this.refuse({ at, rule: 'must not have `version`: nothing is fetched' });
  }

  private blocks(value: Json | undefined, labels: number, at: string): Block[] {
    return blocksOf(value, labels, at, this.refuse);
  }
}

/** The name in `aws.west` and in `${aws.west}`. */
const plain = (value: Json): string => asText(value).replace(/^\$\{\s*/, '');

/** The providers that a module may use if nobody says more. */
export const DEFAULT_PROVIDERS: ReadonlySet<string> = new Set([BUILT_IN]);
