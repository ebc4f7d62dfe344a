import { useLocation } from 'preact-iso';
import { api, ask } from '../../api/client.ts';
import { all } from '../../api/pages.ts';
import { useLoaded } from '../../api/use-loaded.ts';
import { me } from '../../app/session.ts';
import { Loading } from '../../parts/loading.tsx';
import { addressOf } from '../../parts/runs/address.ts';
import { Table } from '../../parts/table.tsx';
import { words } from '../../words/en.ts';
import { matching, type Offer } from './matching.ts';

/** What people may ask for: golden paths, and the other workflows. */
export default function Paths() {
  const { query, route } = useLocation();
  const text = query['q'] ?? '';
  const loaded = useLoaded(offers, [me.value?.user_name]);
  const search = (wanted: string): void =>
    route(wanted === '' ? '/ui/paths' : `/ui/paths?${new URLSearchParams({ q: wanted }).toString()}`, true);
  return (
    <>
      <h1>{words.paths.title}</h1>
      <p>{words.paths.intro}</p>
      <Loading from={loaded}>
        {(found) => (
          <>
            {found.length > 1 && (
              <label class="search">
                {words.paths.search}
                <input type="search" value={text} onInput={(event) => search(event.currentTarget.value)} />
              </label>
            )}
            <Found all={found} text={text} />
          </>
        )}
      </Loading>
      <p class="hint">
        {words.paths.score} <a href="/ui/providers">{words.paths.providers}</a>
      </p>
    </>
  );
}

function Found({ all, text }: { all: readonly Offer[]; text: string }) {
  const found = matching(all, text);
  const golden = found.filter(({ workflow }) => workflow.category === 'goldenpath');
  const others = found.filter(({ workflow }) => workflow.category !== 'goldenpath');
  return (
    <>
      {found.length === 0 && (
        <p class="empty card">{all.length === 0 ? words.paths.none : words.paths.noneFound}</p>
      )}
      <ul class="cards plain-list" aria-label={words.paths.title}>
        {golden.map((offer) => (
          <li key={`${offer.provider.name}/${offer.workflow.name}`} class="card">
            <GoldenPath {...offer} />
          </li>
        ))}
      </ul>
      {others.length > 0 && (
        <section>
          <h2>{words.paths.others}</h2>
          <p class="hint">{words.paths.othersHint}</p>
          <Table
            caption={words.paths.others}
            rows={others}
            keyOf={({ provider, workflow }) => `${provider.name}/${workflow.name}`}
            empty={words.none}
            columns={[
              {
                title: words.paths.workflow,
                cell: ({ provider, workflow }) => (
                  <a href={addressOf(provider.name, workflow.name)}>{workflow.name}</a>
                ),
              },
              { title: words.paths.offers, cell: ({ workflow }) => workflow.description },
              { title: words.paths.provider, cell: ({ provider }) => provider.name },
            ]}
          />
        </section>
      )}
    </>
  );
}

function GoldenPath({ provider, workflow }: Offer) {
  return (
    <>
      <h2>
        <a href={addressOf(provider.name, workflow.name)}>{workflow.name}</a>
      </h2>
      <p>{workflow.description}</p>
      <p class="hint">
        {words.paths.by(provider.name)}
        {provider.team !== null && `, ${words.paths.forTeam(provider.team)}`}
      </p>
    </>
  );
}

/** All workflows that the person sees. */
async function offers(): Promise<Offer[]> {
  const providers = await all((cursor) => ask(api.GET('/api/providers', { params: { query: { cursor } } })));
  return providers.flatMap((provider) => provider.workflows.map((workflow) => ({ provider, workflow })));
}
