/** What one reference names: the way to a value in a scope, such as `['steps', 'db', 'outputs', 'name']`. */
export interface Reference {
  path: readonly string[];
  /** As the document has it, for messages. */
  text: string;
}

/** A text of a document: literal text, and references to what is put in its place. */
export type Part = string | Reference;

/** A reference that cannot be read. */
export class ReferenceProblem extends Error {
  constructor(
    message: string,
    readonly suggestion?: string,
  ) {
    super(message);
  }
}

const SEGMENT = /^[A-Za-z0-9_-]+$/;
/** How many segments follow the first one. */
const LENGTHS: Readonly<Record<string, readonly [number, number]>> = {
  inputs: [1, 20],
  steps: [2, 20],
  resources: [2, 20],
  app: [1, 1],
  team: [0, 0],
  requester: [0, 0],
  run: [1, 1],
};
const EXAMPLES =
  '`${inputs.NAME}`, `${steps.NAME.outputs.NAME}`, `${resources.NAME.OUTPUT}`, `${app.name}`, `${team}`, `${requester}` or `${run.id}`';
const INSTEAD: Readonly<Record<string, string>> = {
  'metadata.name': '${app.name}',
  'app.id': '${app.name}',
  'run.name': '${run.id}',
  'workflow.id': '${run.id}',
};

/** Reads what stands between `${` and `}`. */
export function parseReference(inner: string): Reference {
  const text = `\${${inner}}`;
  const name = inner.trim();
  if (name === 'APP_NAME') return { path: ['app', 'name'], text };
  if (name === 'provision.id') return { path: ['run', 'id'], text };
  const path = name.split('.');
  const [root = '', second = '', third = ''] = path;
  const instead = Object.hasOwn(INSTEAD, name) ? INSTEAD[name] : renamed(path);
  const lengths = Object.hasOwn(LENGTHS, root) ? LENGTHS[root] : undefined;
  const fits = lengths && path.length - 1 >= lengths[0] && path.length - 1 <= lengths[1];
  if (fits && path.every((segment) => SEGMENT.test(segment)) && instead === undefined) {
    if (root === 'steps' && third !== 'outputs')
      throw new ReferenceProblem(
        `\`${text}\` is not a reference: of a step there are its outputs`,
        `\${steps.${second}.outputs.${path.slice(2).join('.')}}`,
      );
    if (root === 'steps' && path.length < 4)
      throw new ReferenceProblem(`\`${text}\` is not a reference: it names no output of the step`);
    return { path, text };
  }
  throw new ReferenceProblem(
    `\`${text}\` is not a reference: write ${EXAMPLES}; \`$\${\` stands for the text \`\${\``,
    instead,
  );
}

/** Upstream's other names for the inputs. */
const renamed = ([root = '', ...rest]: string[]): string | undefined =>
  ['parameters', 'params', 'input'].includes(root) ? `\${inputs.${rest.join('.')}}` : undefined;
