import { useEffect, useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';

/** The folder in which somebody is while they type a path: up to its last slash. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/**
 * The folders that somebody may mean who types a path: those of the folder in which they are. Asked once for each folder; none where the
 * service tells none.
 */
export function useFolders(user: string, path: string): string[] {
  const prefix = folderOf(path.trim());
  const [folders, setFolders] = useState<string[]>([]);
  useEffect(() => {
    let isCurrent = true;
    setFolders([]);
    // a bucket alone belongs to nobody
    if (prefix.split('/').length < 5) return undefined;
    ask(api.GET('/users/{user}/folders', { params: { path: { user }, query: { prefix } } })).then(
      ({ items }) => isCurrent && setFolders(items.map((each) => each.path)),
      () => undefined,
    );
    return () => {
      isCurrent = false;
    };
  }, [user, prefix]);
  return folders;
}
