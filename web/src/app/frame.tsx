import { type ComponentChildren } from 'preact';
import { useLocation } from 'preact-iso';
import { useEffect, useRef } from 'preact/hooks';
import { useAction } from '../api/use-action.ts';
import { words } from '../words/en.ts';
import { ADMIN, type MenuEntry, PEOPLE } from './menu.ts';
import { logOut, me } from './session.ts';

/** What stands around each page: the menu and who is logged in. */
export function Frame({ children }: { children: ComponentChildren }) {
  const { path } = useLocation();
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (menu.current) menu.current.open = false;
  }, [path]);
  return (
    <>
      <a class="skip" href="#content">
        {words.skip}
      </a>
      <header class="bar">
        <a class="brand" href="/ui/">
          {words.product}
        </a>
        <details class="menu-button" ref={menu}>
          <summary>{words.menu.open}</summary>
          <Menu path={path} />
        </details>
      </header>
      <div class="sides">
        <div class="side">
          <Menu path={path} />
        </div>
        <main id="content" tabIndex={-1}>
          {children}
        </main>
      </div>
    </>
  );
}

function Menu({ path }: { path: string }) {
  const out = useAction(logOut);
  return (
    <nav class="menu" aria-label={words.menu.label}>
      <Entries title={words.menu.people} entries={PEOPLE} path={path} />
      {me.value?.admin && ADMIN.length > 0 && (
        <Entries title={words.menu.admin} entries={ADMIN} path={path} />
      )}
      <p class="who">
        <span>{me.value?.user_name}</span>
        <button type="button" class="plain" onClick={() => out.run()}>
          {words.menu.logOut}
        </button>
      </p>
    </nav>
  );
}

function Entries({ title, entries, path }: { title: string; entries: readonly MenuEntry[]; path: string }) {
  return (
    <>
      <h2>{title}</h2>
      <ul>
        {entries.map((entry) => (
          <li key={entry.path}>
            <a href={entry.path} aria-current={isAt(path, entry.path) ? 'page' : undefined}>
              {entry.title}
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Whether the page at `path` is the entry or below it. The router tells addresses without a final slash. */
function isAt(path: string, entry: string): boolean {
  if (entry === '/ui/') return path === '/ui' || path === '/ui/';
  return path === entry || path.startsWith(`${entry}/`);
}
