/** The settings that `_jinja2_env_vars` of a cookiecutter.json can contain. */
export interface JinjaOptions {
  trimBlocks?: boolean;
  lstripBlocks?: boolean;
}

/** A text without raw blocks: each of them is printed from `blocks` instead. */
export interface WithoutRaw {
  text: string;
  blocks: readonly string[];
}

/** The variable that holds the blocks. */
export const RAW_BLOCKS = '__raw_blocks';

/** Comments, raw blocks, and other tags that may contain a literal `{% raw %}`; the first match is consumed whole. */
const PARTS =
  /\{#[^]*?#\}|([ \t]*)\{%(-?)\s*raw\s*(?:%\}|-%\}\s*)([^]*?)\{%(-?)\s*endraw\s*(?:%\}(\r?\n)?|-%\}\s*)|\{%[^]*?%\}|\{\{[^]*?\}\}/g;

/** Extracts raw blocks as Jinja reads them. nunjucks supports no hyphens in their tags, and does not end a block at the first `endraw`. */
export function withoutRaw(text: string, { trimBlocks, lstripBlocks }: JinjaOptions): WithoutRaw {
  const blocks: string[] = [];
  const replaced = text.replace(PARTS, (all: string, ...match: unknown[]) => {
    const [blanks, before, content, after, lineEnd = ''] = match as (string | undefined)[];
    if (content === undefined) return all;
    const offset = match.at(-2) as number;
    const atLineStart = offset === 0 || text[offset - 1] === '\n';
    blocks.push(end(content, { cut: after === '-', lstrip: lstripBlocks === true && after !== '-' }));
    const kept = lstripBlocks && atLineStart ? '' : blanks;
    return `${kept}{{${before} ${RAW_BLOCKS}[${blocks.length - 1}] }}${trimBlocks ? '' : lineEnd}`;
  });
  return { text: replaced, blocks };
}

/** Applies the whitespace control of the end tag to the block's content. */
function end(content: string, { cut, lstrip }: { cut: boolean; lstrip: boolean }): string {
  if (cut) return content.trimEnd();
  return lstrip ? content.replace(/(^|\n)[ \t]+$/, '$1') : content;
}
