import { useLocation } from 'preact-iso';
import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import type { Schema } from '../../api/schema.ts';
import { usePaged } from '../../api/use-paged.ts';
import { List } from '../../parts/list.tsx';
import { Time } from '../../parts/time.tsx';
import { words } from '../../words/en.ts';

type Event = Schema['AuditEventDto'];
type Filter = { actor?: string; subject?: string; action?: string };

/** Who did what, the newest first. The filter is in the address, so that every object can lead to its own events. */
export default function Audit() {
  const { query } = useLocation();
  const filter: Filter = { actor: query['actor'], subject: query['subject'], action: query['action'] };
  const events = usePaged(
    (cursor) => ask(api.GET('/admin/audit', { params: { query: { ...filter, cursor } } })),
    [filter.actor, filter.subject, filter.action],
  );
  return (
    <>
      <h1>{words.pages.audit}</h1>
      <Filters filter={filter} />
      <section>
        <List
          from={events}
          caption={words.pages.audit}
          keyOf={({ id }) => id}
          empty={words.audit.none}
          columns={[
            { title: words.audit.at, cell: ({ at }) => <Time at={at} /> },
            { title: words.audit.actor, cell: Actor },
            { title: words.audit.action, cell: ({ action }) => <code>{action}</code> },
            { title: words.audit.subject, cell: Subject },
            { title: words.audit.detail, cell: Detail },
          ]}
        />
      </section>
    </>
  );
}

function Filters({ filter }: { filter: Filter }) {
  const { route } = useLocation();
  const [form, setForm] = useState(filter);
  const submit = (event: globalThis.Event): void => {
    event.preventDefault();
    const given = Object.entries(form).filter(([, value]) => value !== undefined && value !== '');
    route(`/ui/admin/audit?${new URLSearchParams(Object.fromEntries(given)).toString()}`);
  };
  return (
    <form class="card filters" onSubmit={submit}>
      {(['actor', 'subject', 'action'] as const).map((name) => (
        <label key={name}>
          {words.audit[name]}
          <input
            value={form[name] ?? ''}
            onInput={(event) => setForm({ ...form, [name]: event.currentTarget.value })}
          />
        </label>
      ))}
      <button type="submit">{words.audit.filter}</button>
    </form>
  );
}

function Actor({ actor, on_behalf_of: behalf }: Event) {
  return (
    <>
      {actor}
      {behalf !== null && <div class="hint">{words.audit.for(behalf)}</div>}
    </>
  );
}

function Subject({ subject_name: name }: Event) {
  if (name === null) return null;
  return <a href={`/ui/admin/audit?subject=${encodeURIComponent(name)}`}>{name}</a>;
}

function Detail({ detail, request_id: id }: Event) {
  const entries = Object.entries(detail).filter(([, value]) => value !== null);
  return (
    <details>
      <summary>{words.show}</summary>
      <dl>
        {entries.map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
          </>
        ))}
        {id !== null && (
          <>
            <dt>{words.requestId}</dt>
            <dd>
              <code>{id}</code>
            </dd>
          </>
        )}
      </dl>
    </details>
  );
}
