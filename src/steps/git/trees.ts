import { createHash } from 'node:crypto';

/** What would have to be done so that a tree has these files: paths with the ids of their contents, and how many are as they should be. */
export interface TreeDifference {
  added: Record<string, string>;
  changed: Record<string, string>;
  same: number;
}

/** The id that Git gives to a text; the one in the tree tells by its length by which algorithm. */
export function blobId(text: string, like = ''): string {
  const content = Buffer.from(text);
  return createHash(like.length === 64 ? 'sha256' : 'sha1')
    .update(`blob ${content.length}\0`)
    .update(content)
    .digest('hex');
}

/** Compares files with a tree. What else is in the tree is nobody's concern. A link or a program of that name is another file. */
export function differenceOf(
  files: Readonly<Record<string, string>>,
  tree: ReadonlyMap<string, { sha: string; mode: string }>,
): TreeDifference {
  const difference: TreeDifference = { added: {}, changed: {}, same: 0 };
  for (const path of Object.keys(files).sort()) {
    const text = files[path] ?? '';
    const found = tree.get(path);
    if (!found) difference.added[path] = blobId(text);
    else if (found.mode === '100644' && found.sha === blobId(text, found.sha)) difference.same += 1;
    else difference.changed[path] = blobId(text, found.sha);
  }
  return difference;
}

/** Undefined: there is nothing to do. */
export function shownDifference({
  added,
  changed,
  same,
}: TreeDifference): Record<string, unknown> | undefined {
  if (Object.keys(added).length + Object.keys(changed).length === 0) return undefined;
  return { added, changed, same };
}
