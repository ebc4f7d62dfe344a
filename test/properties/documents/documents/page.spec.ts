import { join } from 'node:path';
import { ROOT } from '../../../../scripts/node.mjs';
import type { Reading } from '../../../../src/documents/model.js';
import { readProvider } from '../../../../src/documents/providers/read-provider.js';
import { readScore } from '../../../../src/documents/score/read-score.js';
import { readWorkflow } from '../../../../src/documents/workflows/read-workflow.js';
import { blocksOf } from '../../../support/walks/pages.js';

const PAGE = 'docs/workflows.md';
const WORKFLOW = 'workflows/a.yaml';
const blocks = blocksOf(join(ROOT, PAGE)).map(({ line, text }) => ({ line, text }));
const [, first = { line: 0, text: '' }] = blocks;

function read(text: string): Reading<unknown> {
  if (text.includes('workflows_dir:'))
    return readProvider(
      new Map([
        ['provider.yaml', text],
        [WORKFLOW, first.text],
      ]),
    );
  return text.includes('score.dev') ? readScore('score.yaml', text) : readWorkflow(WORKFLOW, text);
}

describe('the page about workflows', () => {
  it('has documents of each kind', () => {
    expect(blocks.length).toBeGreaterThanOrEqual(5);
  });

  it.each(blocks)('has a document that is valid, without warnings: line $line', ({ text }) => {
    const { value, errors, warnings } = read(text);
    expect([errors, warnings]).toEqual([[], []]);
    expect(value).toBeDefined();
  });
});
