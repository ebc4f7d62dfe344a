import { useLocation, useRoute } from 'preact-iso';
import { api, ask } from '../../api/client.ts';
import { usePaged } from '../../api/use-paged.ts';
import { words } from '../../words/en.ts';
import { Filters, filterOf } from './filters.tsx';
import { ProvisionList } from './provision-list.tsx';

/** Everything that was asked for to be made true, or what failed for good. The filter is in the address. */
export default function Provisions() {
  const isDead = useRoute().path.endsWith('/dead-letters');
  const { provisions } = words;
  return (
    <>
      <h1>{words.pages.provisions}</h1>
      <p class="row">
        <a href="/ui/admin/provisions" aria-current={isDead ? undefined : 'page'}>
          {provisions.all}
        </a>
        <a href="/ui/admin/provisions/dead-letters" aria-current={isDead ? 'page' : undefined}>
          {provisions.dead}
        </a>
      </p>
      {isDead ? <DeadLetters /> : <All />}
    </>
  );
}

function All() {
  const { query } = useLocation();
  const filter = filterOf(query);
  const found = usePaged(
    (cursor) => ask(api.GET('/provisions', { params: { query: { ...filter, cursor, limit: 50 } } })),
    [JSON.stringify(filter)],
  );
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  return (
    <>
      <Filters filter={filter} />
      <section>
        <ProvisionList
          from={found}
          caption={words.pages.provisions}
          empty={isFiltered ? words.provisions.none : words.provisions.noneYet}
        />
      </section>
    </>
  );
}

function DeadLetters() {
  const found = usePaged(
    (cursor) => ask(api.GET('/provisions/dead-letters', { params: { query: { cursor, limit: 50 } } })),
    [],
  );
  return (
    <section>
      <ProvisionList from={found} caption={words.provisions.dead} empty={words.provisions.noDead} />
    </section>
  );
}
