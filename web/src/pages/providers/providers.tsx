import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import { all } from '../../api/pages.ts';
import type { Schema } from '../../api/schema.ts';
import { useAction } from '../../api/use-action.ts';
import { useLoaded } from '../../api/use-loaded.ts';
import { me } from '../../app/session.ts';
import { Loading } from '../../parts/loading.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { words } from '../../words/en.ts';
import { ProviderState } from './provider-state.tsx';
import { Source } from './source.tsx';

type Provider = Schema['ProviderDto'];

/** All providers that the person sees, those that could not be loaded first. */
export default function Providers() {
  const loaded = useLoaded(
    async () =>
      (await all((cursor) => ask(api.GET('/api/providers', { params: { query: { cursor } } })))).sort(
        (a, b) => a.status.localeCompare(b.status) || a.name.localeCompare(b.name),
      ),
    [me.value?.user_name],
  );
  return (
    <>
      <h1>{words.providers.title}</h1>
      <p>{words.providers.intro}</p>
      {me.value?.admin && <ReloadAll onDone={loaded.reload} />}
      <section>
        <Loading from={loaded}>
          {(providers) => (
            <Table
              caption={words.providers.title}
              rows={providers}
              keyOf={({ name }) => name}
              empty={words.providers.none}
              columns={[
                { title: words.providers.name, cell: Name },
                { title: words.providers.state, cell: (provider) => <ProviderState provider={provider} /> },
                { title: words.providers.source, cell: ({ source }) => <Source source={source} /> },
                { title: words.providers.loaded, cell: ({ loaded_at }) => <Time at={loaded_at} /> },
              ]}
            />
          )}
        </Loading>
      </section>
    </>
  );
}

function Name({ name, description, team }: Provider) {
  return (
    <>
      <a href={`/ui/providers/of/${encodeURIComponent(name)}`}>{name}</a>
      <div class="hint">
        {description}
        {team !== null && ` (${words.paths.forTeam(team)})`}
      </div>
    </>
  );
}

function ReloadAll({ onDone }: { onDone: () => void }) {
  const [result, setResult] = useState<Schema['ReloadDto'] | undefined>();
  const reload = useAction(async () => {
    setResult(await ask(api.POST('/api/admin/reload')));
    onDone();
  });
  const count = (is: (each: Schema['ReloadedDto']) => boolean) => result?.providers.filter(is).length ?? 0;
  return (
    <>
      <p class="row">
        <button type="button" class="quiet" disabled={reload.isRunning} onClick={() => reload.run()}>
          {words.providers.reloadAll}
        </button>
        <span role="status">
          {reload.isRunning
            ? words.loading
            : result &&
              words.providers.reloadedAll(
                count(({ changed }) => changed),
                count(({ status }) => status === 'failed'),
              )}
        </span>
      </p>
      {reload.refusal && <Problem error={reload.refusal} />}
    </>
  );
}
