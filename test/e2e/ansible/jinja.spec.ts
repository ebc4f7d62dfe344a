import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { findAnsible } from '../../../scripts/servers/ansible.mjs';
import { FILTERS, TESTS } from '../../../src/documents/ansible/plugins.js';
import { templateProblem } from '../../../src/documents/ansible/texts.js';
import { slow } from '../../support/slow.js';
import { tempDir } from '../../support/service/temp.js';
import { ANSIBLE_START_MS, hasAnsible } from '../../support/tools/ansible.js';
import { JINJA_TEXTS } from '../../support/tools/playbooks.js';

const run = promisify(execFile);
/** What Jinja itself finds in a text: names, filters, tests, calls and blocks of statements. Null: it cannot read it. */
const SCRIPT = `
import json, sys
from jinja2 import Environment, TemplateSyntaxError, nodes

known = json.load(open(sys.argv[2]))
env = Environment()
env.filters.update({name: len for name in known["filters"]})
env.tests.update({name: len for name in known["tests"]})
env.filters.update({"ansible.builtin." + name: len for name in known["filters"]})

def look(text):
    try:
        tree = env.parse(text)
    except TemplateSyntaxError:
        return None
    return {
        "names": [each.name for each in tree.find_all(nodes.Name)],
        "filters": [each.name for each in tree.find_all(nodes.Filter)],
        "tests": [each.name for each in tree.find_all(nodes.Test)],
        "attributes": [each.attr for each in tree.find_all(nodes.Getattr)],
        "calls": len(list(tree.find_all(nodes.Call))),
        "statements": [type(each).__name__ for each in tree.body if not isinstance(each, nodes.Output)],
        "maps": [len(each.args) for each in tree.find_all(nodes.Filter) if each.name == "map"],
        "dynamic": sum(1 for each in tree.find_all(nodes.Filter) if each.dyn_args or each.dyn_kwargs),
    }

print(json.dumps([look(text) for text in json.load(open(sys.argv[1]))]))
`;

(hasAnsible() ? describe : describe.skip)('a text that passes the check, as Jinja reads it', () => {
  let python: string;
  const folder = tempDir('jinja');

  beforeAll(async () => {
    python = join(dirname(await findAnsible()), 'python');
    writeFileSync(join(folder, 'known.json'), JSON.stringify({ filters: [...FILTERS], tests: [...TESTS] }));
    writeFileSync(join(folder, 'look.py'), SCRIPT);
  }, ANSIBLE_START_MS);

  const look = async (texts: readonly string[]): Promise<any[]> => {
    writeFileSync(join(folder, 'texts.json'), JSON.stringify(texts));
    const files = ['look.py', 'texts.json', 'known.json'].map((name) => join(folder, name));
    return JSON.parse((await run(python, files, { maxBuffer: 64 << 20 })).stdout);
  };
  /** Draws texts, and gives those that pass, with what Jinja finds in them. */
  const passing = async (count: number, seed: number) => {
    const drawn = fc.sample(
      fc.oneof(
        JINJA_TEXTS,
        JINJA_TEXTS.map((inner) => `x {{ ${inner} }}`),
      ),
      { numRuns: count, seed },
    );
    const texts = [...new Set(drawn)].filter(
      (text) => templateProblem(text) === undefined && text.includes('{{'),
    );
    const found = await look(texts);
    return texts.flatMap((text, index) => (found[index] === null ? [] : [{ text, ...found[index] }]));
  };
  const refused = ({ names, filters, tests, attributes, calls, statements, maps, dynamic }: any): boolean =>
    calls > 0 ||
    dynamic > 0 ||
    statements.length > 0 ||
    maps.some((args: number) => args > 0) ||
    names.some((name: string) =>
      /^(lookup|query|q|vars|hostvars|ansible_(?!facts$).*|self|range)$/.test(name),
    ) ||
    attributes.some((name: string) => name.startsWith('_')) ||
    filters.some((name: string) => !FILTERS.has(name.replace(/^ansible\.builtin\./, ''))) ||
    tests.some((name: string) => !TESTS.has(name));

  it('finds what is refused, in texts that do not pass', async () => {
    const texts = [
      "{{ lookup('x') }}",
      "{{ 'a' | expandvars }}",
      '{% if a %}{% endif %}',
      '{{ a.b() }}',
      "{{ a | map('int') }}",
    ];
    writeFileSync(
      join(folder, 'known.json'),
      JSON.stringify({ filters: [...FILTERS, 'expandvars'], tests: [...TESTS] }),
    );
    expect((await look(texts)).map(refused)).toEqual(texts.map(() => true));
    expect(texts.map((text) => templateProblem(text) === undefined)).toEqual(texts.map(() => false));
  });

  it('has nothing in it that is refused', async () => {
    const texts = await passing(40_000, 1);
    expect(texts.length).toBeGreaterThan(200);
    expect(texts.filter(refused)).toEqual([]);
  });

  slow.it(
    'has nothing in it that is refused, however many are drawn',
    async () => {
      for (let seed = 2; seed < 12; seed += 1)
        expect((await passing(100_000, seed)).filter(refused)).toEqual([]);
    },
    600_000,
  );
});
