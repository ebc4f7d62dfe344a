import type { Schema } from '../../api/schema.ts';
import { words } from '../../words/en.ts';

/** Where a provider comes from: a folder of the service, or a repository at a commit. */
export function Source({
  source: { type, git_url, path, ref, commit },
}: {
  source: Schema['ProviderSourceDto'];
}) {
  if (type === 'folder') return <>{words.providers.folder(path)}</>;
  return (
    <>
      <code>{git_url}</code>
      <div class="hint">
        {[path, ref].filter((each) => each !== undefined && each !== '').join(` ${words.providers.at} `)}
        {commit !== undefined && (
          <>
            {' '}
            {words.providers.commit} <code title={commit}>{commit.slice(0, 12)}</code>
          </>
        )}
      </div>
    </>
  );
}
