import type { Dirent } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Overrides, type TemplateContext, templateContext } from './jinja/context.js';
import { ProjectError } from './project-error.js';

/** A file or folder of a project, as it is to be written. */
export interface RenderedFile {
  /** Below the project's folder, segments joined by `/`; a folder comes before what is in it. */
  path: string;
  /** Nothing for a folder. */
  content: Uint8Array | undefined;
  executable: boolean;
}

const MAX_FILES = 5_000;
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_SEGMENT_BYTES = 255;

/**
 * Renders the one folder of a cookiecutter template whose name has a `{{cookiecutter...}}` in it: names and contents. That folder's own
 * name is not used. What is not UTF-8 text, and what `_copy_without_render` names, is copied. A name that renders to nothing is left out.
 * Hooks are never run, links are refused: a template is text, not code. At most 5,000 files and 64 MiB, all held in memory.
 * Throws `invalid_template` or `invalid_value`.
 */
export async function renderTemplate(templatePath: string, overrides: Overrides): Promise<RenderedFile[]> {
  const json = await readFile(join(templatePath, 'cookiecutter.json'), 'utf8').catch((error: unknown) => {
    throw new ProjectError('invalid_template', 'cookiecutter.json cannot be read', error);
  });
  const context = templateContext(json, overrides);
  const root = join(templatePath, await projectTemplate(templatePath));
  const rendering = new Rendering(root, context);
  await rendering.folder('', '', false);
  return rendering.files;
}

async function projectTemplate(templatePath: string): Promise<string> {
  const entries = await readdir(templatePath, { withFileTypes: true });
  const found = entries.filter((entry) => entry.isDirectory() && /\{\{.*cookiecutter.*\}\}/.test(entry.name));
  if (found.length !== 1)
    throw new ProjectError('invalid_template', 'not one folder with {{cookiecutter...}} in its name');
  return (found[0] as Dirent).name;
}

class Rendering {
  readonly files: RenderedFile[] = [];
  private readonly taken = new Set<string>();
  private readonly copied: RegExp[];
  private bytes = 0;

  constructor(
    private readonly root: string,
    private readonly context: TemplateContext,
  ) {
    this.copied = context.copied.map(fnmatch);
  }

  /** `source` is the path in the template, `target` the one in the project; both are '' at the top. */
  async folder(source: string, target: string, verbatim: boolean): Promise<void> {
    const entries = await readdir(join(this.root, source), { withFileTypes: true });
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const from = join(source, entry.name);
      // what is in a copied folder is copied with the names that it has
      const name = verbatim ? entry.name : this.segment(from, entry.name);
      if (name === '') continue;
      const to = target === '' ? name : `${target}/${name}`;
      await this.entry(entry, {
        from,
        to,
        verbatim: verbatim || this.copied.some((each) => each.test(from)),
      });
    }
  }

  private async entry(entry: Dirent, at: { from: string; to: string; verbatim: boolean }): Promise<void> {
    const { from, to, verbatim } = at;
    if (this.taken.has(to)) throw invalid(from, 'has the name of another file');
    this.taken.add(to);
    if (this.taken.size > MAX_FILES) throw invalid(from, `more than ${MAX_FILES} files`);
    if (entry.isDirectory()) {
      this.files.push({ path: to, content: undefined, executable: true });
      return this.folder(from, to, verbatim);
    }
    if (!entry.isFile()) throw invalid(from, 'is a link or another special file');
    await this.file(from, to, verbatim);
  }

  private async file(from: string, to: string, verbatim: boolean): Promise<void> {
    const path = join(this.root, from);
    const { mode, size } = await stat(path);
    this.count(from, size);
    const raw = await readFile(path);
    const text = verbatim ? undefined : textOf(raw);
    const content = text === undefined ? raw : Buffer.from(this.render(from, text));
    this.count(from, content.length - size);
    this.files.push({ path: to, content, executable: (mode & 0o111) !== 0 });
  }

  private count(from: string, bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > MAX_BYTES) throw invalid(from, `more than ${MAX_BYTES} bytes in all`);
  }

  /** A rendered name is one segment below its folder and cannot lead out of it. */
  private segment(from: string, name: string): string {
    const rendered = this.render(from, name);
    if (rendered === '') return '';
    const hostile = rendered === '.' || rendered === '..' || /[/\\\p{Cc}\p{Cs}]/u.test(rendered);
    if (hostile || Buffer.byteLength(rendered) > MAX_SEGMENT_BYTES)
      throw invalid(from, 'its rendered name is not one plain name');
    return rendered;
  }

  private render(from: string, text: string): string {
    try {
      return this.context.render(text, { cookiecutter: this.context.variables });
    } catch (error) {
      throw new ProjectError('invalid_template', `${from}: ${reason(error)}`, error);
    }
  }
}

/** The text, or nothing for what is binary. A byte order mark stays in it. */
function textOf(raw: Uint8Array): string | undefined {
  if (raw.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    return undefined;
  }
}

/** Python's fnmatch, as cookiecutter uses it: `*` also matches slashes, `[!a]` is any but a, there is no escape. */
function fnmatch(pattern: string): RegExp {
  const source = pattern.replace(/\[(!?)(\]?[^\]]*)\]|[^]/gu, (part, not?: string, set?: string) => {
    if (set !== undefined) return `[${not === '!' ? '^' : ''}${set.replace(/[\\^[\]]/g, '\\$&')}]`;
    if (part === '*') return '.*';
    return part === '?' ? '.' : part.replace(/[\\^$.+()[\]{}|]/, '\\$&');
  });
  try {
    return new RegExp(`^${source}$`, 'su');
  } catch (error) {
    throw new ProjectError('invalid_template', `_copy_without_render: ${pattern}`, error);
  }
}

function reason(error: unknown): string {
  const lines = error instanceof Error ? error.message.split('\n') : [String(error)];
  return lines
    .map((line) => line.trim())
    .join(' ')
    .replace('(unknown path) ', '');
}

function invalid(from: string, rule: string): ProjectError {
  return new ProjectError('invalid_template', `${from}: ${rule}`);
}
