import { chmod, mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder, writeNew } from './atomic-file.js';
import { makePrivate, withHiddenFolder } from './hidden-folder.js';
import type { Overrides } from './jinja/context.js';
import { isThere, projectFolder } from './project-name.js';
import { type RenderedFile, renderTemplate } from './template.js';

export interface ScaffoldRequest {
  /** The folder with `cookiecutter.json`. */
  templatePath: string;
  /** The folder of all projects, which must exist. */
  outputPath: string;
  /** The name of the project's folder: the namespace of the data product. Also the template's `project_name`. */
  name: string;
  /** Values for the other variables of `cookiecutter.json`; unknown ones are ignored. No secrets: they would be written to files. */
  context?: Overrides;
}

/**
 * Creates a project from a template, completely or not at all; `exists` if anything already has the name, which is left unchanged. Throws
 * `invalid_name`, `invalid_template`, or the error of the file system.
 */
export async function scaffold(request: ScaffoldRequest): Promise<'created' | 'exists'> {
  const target = await projectFolder(request.outputPath, request.name);
  if (await isThere(target)) return 'exists';
  const context = { ...request.context, project_name: request.name };
  const files = await renderTemplate(request.templatePath, context);
  return withHiddenFolder(dirname(target), async (hidden) => {
    await makePrivate(hidden);
    await writeTree(hidden, files);
    await chmod(hidden, 0o755);
    return (await claim(hidden, target)) ? 'created' : 'exists';
  });
}

async function writeTree(root: string, files: readonly RenderedFile[]): Promise<void> {
  for (const { path, content, executable } of files) {
    const target = join(root, path);
    if (content === undefined) await makeFolder(target);
    else await writeNew(target, content, executable || path === 'run.sh' ? 0o755 : 0o644);
  }
  for (const { path, content } of files) if (content === undefined) await syncFolder(join(root, path));
  await syncFolder(root);
}

/** Sets the mode independently of the umask of this process. */
async function makeFolder(path: string): Promise<void> {
  await mkdir(path);
  await chmod(path, 0o755);
}

/** rename(2) replaces an empty folder, so the name is checked once more; it fails if anything else has the name. */
async function claim(hidden: string, target: string): Promise<boolean> {
  if (await isThere(target)) return false;
  try {
    await rename(hidden, target);
  } catch (error) {
    if (['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return false;
    throw error;
  }
  await syncFolder(dirname(target));
  return true;
}
