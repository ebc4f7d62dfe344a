import type { Schema } from '../../api/schema.ts';
import { words } from '../../words/en.ts';

/** What a request asks for, and why. */
export function Asked({
  request: { path, permission, group, role, reason },
}: {
  request: Schema['AccessRequestDto'];
}) {
  return (
    <>
      {group === undefined ? (
        <>
          {words.levels[permission ?? 'read']} <code>{path}</code>
        </>
      ) : (
        words.home.asksGroup(words.roles[role ?? 'member'], group)
      )}
      <div class="hint">{reason}</div>
    </>
  );
}
