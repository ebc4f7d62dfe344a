import type { Schema } from '../../api/schema.ts';
import { Copy } from '../../parts/copy.tsx';
import { Time } from '../../parts/time.tsx';
import { words } from '../../words/en.ts';

/** Where the person's files are and who they are here. */
export function Place({ person }: { person: Schema['MeDto'] }) {
  const { home } = words;
  const isMany = person.home_paths.length > 1;
  return (
    <section>
      <h2>{isMany ? home.paths : home.path}</h2>
      {person.home_paths.length === 0 && <p class="empty">{home.noHome}</p>}
      {person.home_paths.map((path) => (
        <p key={path}>
          <code>{path}</code> <Copy text={path} what={path} />
        </p>
      ))}
      <p class="hint">{home.pathHint}</p>
      <dl>
        <dt>{home.endpoint}</dt>
        <dd>
          <code>{person.endpoint}</code>
        </dd>
        <dt>{home.region}</dt>
        <dd>
          <code>{person.region}</code>
        </dd>
        <dt>{home.credentialsEnd}</dt>
        <dd>
          <Time at={person.credentials_end_at} />
        </dd>
        <dt>{home.groups}</dt>
        <dd>
          {person.groups.length === 0 && <span class="faint">{home.noGroups}</span>}
          {person.groups.map(({ group_name, role }) => (
            <div key={group_name}>
              {group_name} <span class="faint">({words.roles[role]})</span>
            </div>
          ))}
        </dd>
      </dl>
    </section>
  );
}
