import type { Dirent } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Overrides, type TemplateContext, templateContext } from './jinja/context.js';
import { ProjectError } from './project-error.js';

/** A file or folder of a project to write. */
export interface RenderedFile {
  /** Relative to the project's folder, segments joined by `/`; a folder comes before its contents. */
  path: string;
  /** Undefined for a folder. */
  content: Uint8Array | undefined;
  executable: boolean;
}

const MAX_FILES = 5_000;
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_SEGMENT_BYTES = 255;

/**
 * Renders the one folder of a cookiecutter template that has `{{cookiecutter...}}` in its name: file names and contents. The name of this
 * folder is not used. Files that are not UTF-8 text, or that match `_copy_without_render`, are copied. A file whose name renders to an
 * empty string is skipped. Hooks are never run and links are refused: a template is text, not code. At most 5,000 files and 64 MiB, all in
 * memory. Throws `invalid_template` or `invalid_value`.
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
    throw new ProjectError(
      'invalid_template',
      'there must be exactly one folder with {{cookiecutter...}} in its name',
    );
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

  /** `source` is the path in the template, `target` the path in the project; both are '' for the root. */
  async folder(source: string, target: string, verbatim: boolean): Promise<void> {
    const entries = await readdir(join(this.root, source), { withFileTypes: true });
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const from = join(source, entry.name);
      // files in a copied folder keep their names
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

  /** A rendered name must be one segment below its folder and cannot lead out of it. */
  private segment(from: string, name: string): string {
    const rendered = this.render(from, name);
    if (rendered === '') return '';
    const hostile = rendered === '.' || rendered === '..' || /[/\\\p{Cc}\p{Cs}]/u.test(rendered);
    if (hostile || Buffer.byteLength(rendered) > MAX_SEGMENT_BYTES)
      throw invalid(from, 'its rendered name is not a single plain name');
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

/** The text; undefined for binary data. A byte order mark is kept. */
function textOf(raw: Uint8Array): string | undefined {
  if (raw.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    return undefined;
  }
}

/** Python's fnmatch, as cookiecutter uses it: `*` also matches slashes, `[!a]` matches anything but a, and there is no escape. */
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
