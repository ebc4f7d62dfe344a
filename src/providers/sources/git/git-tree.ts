import type * as Git from 'isomorphic-git';
import type { TreeEntry } from 'isomorphic-git';
import type { Files } from '../../../documents/model.js';
import { CollectedFiles, MAX_FILES } from '../collected-files.js';
import { wrongField, wrongFile } from '../source-error.js';
import type { MemoryFiles } from './memory-files.js';

/** What was fetched of a repository. */
export interface Repository {
  git: typeof Git;
  at: { fs: MemoryFiles; gitdir: string; cache: object };
}

/** Modes of regular files. */
const REGULAR = ['100644', '100755'];
const NOT_REGULAR: Record<string, string> = {
  '120000': 'is a symbolic link',
  '160000': 'is a submodule',
};

/** The files below a folder of a commit. Throws `SourceError` for anything but regular files and folders. */
export async function filesBelow(repository: Repository, commit: string, path: string): Promise<Files> {
  let tree = await treeOf(repository, commit);
  for (const name of path.split('/').filter((each) => each !== '')) {
    const entry = tree.find((each) => each.path === name);
    if (entry?.type !== 'tree') throw wrongField('path', 'is no folder of the repository');
    tree = await treeOf(repository, entry.oid);
  }
  const files = new CollectedFiles();
  await addTree(repository, files, tree, '');
  return files.all();
}

async function addTree(
  repository: Repository,
  files: CollectedFiles,
  tree: TreeEntry[],
  folder: string,
): Promise<void> {
  if (tree.length > MAX_FILES)
    throw wrongFile(folder === '' ? '/' : folder, `has more than ${MAX_FILES} files`);
  for (const { path: name, mode, oid, type } of tree) {
    if (CollectedFiles.isLeftOut(name)) continue;
    const path = folder === '' ? name : `${folder}/${name}`;
    if (type === 'tree') {
      CollectedFiles.requireDepth(path);
      await addTree(repository, files, await treeOf(repository, oid), path);
    } else if (REGULAR.includes(mode)) {
      const { blob } = await repository.git.readBlob({ ...repository.at, oid });
      files.add(path, blob);
    } else throw wrongFile(path, NOT_REGULAR[mode] ?? 'is not a regular file');
  }
}

async function treeOf({ git, at }: Repository, oid: string): Promise<TreeEntry[]> {
  return (await git.readTree({ ...at, oid })).tree;
}
