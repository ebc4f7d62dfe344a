// Plugins of Swagger UI. Each is sent to the browser as the text of its function, so it uses nothing outside itself.

/** What Swagger UI hands to a plugin, as far as these use it. */
interface System {
  React: { createElement: (type: unknown, props: object | null, ...children: unknown[]) => unknown };
  authSelectors: { authorized: () => { toJS: () => object } };
  authActions: { restoreAuthorization: (state: { authorized: object }) => void };
}

/** An Immutable map or list. */
interface Immutable {
  get: (key: string) => unknown;
  set: (key: string, value: unknown) => Immutable;
  map: (change: (value: Immutable, key: string) => Immutable) => Immutable;
  filter: (keep: (value: Immutable) => boolean) => Immutable;
  size: number;
}

/** Keeps the token for as long as the tab is open. Swagger UI's own `persistAuthorization` would keep it for ever, in `localStorage`. */
export function keepTokenPlugin(): object {
  const key = 'minio-manager:authorized';
  const { sessionStorage: tab } = globalThis as unknown as {
    sessionStorage: {
      getItem: (key: string) => string | null;
      setItem: (key: string, value: string) => void;
    };
  };
  return {
    statePlugins: {
      auth: {
        wrapActions: {
          // called after each login and logout on the page
          persistAuthorizationIfNeeded: (_: unknown, system: System) => () =>
            tab.setItem(key, JSON.stringify(system.authSelectors.authorized().toJS())),
        },
      },
      configs: {
        wrapActions: {
          loaded: (original: (payload: unknown) => unknown, system: System) => (payload: unknown) => {
            const result = original(payload);
            const kept = tab.getItem(key);
            if (kept) system.authActions.restoreAuthorization({ authorized: JSON.parse(kept) as object });
            return result;
          },
        },
      },
    },
  };
}

/** The filter box looks at methods, paths and summaries; Swagger UI's own looks at the names of tags only. */
export function searchPlugin(): object {
  const matches = (tag: string, found: Immutable, words: string[]): boolean => {
    const operation = found.get('operation') as Immutable;
    const parts = [
      found.get('method'),
      found.get('path'),
      operation.get('summary'),
      operation.get('operationId'),
    ];
    const text = [tag, ...parts].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  };
  return {
    fn: {
      opsFilter: (tags: Immutable, phrase: string) => {
        const words = phrase.toLowerCase().split(/\s+/);
        const found = tags.map((group, tag) => {
          const operations = group.get('operations') as Immutable;
          return group.set(
            'operations',
            operations.filter((each) => matches(tag, each, words)),
          );
        });
        return found.filter((group) => (group.get('operations') as Immutable).size > 0);
      },
    },
    statePlugins: {
      layout: {
        wrapSelectors: {
          // what was found is not hidden in a closed group; the original knows the state already
          isShown:
            (original: (thing: unknown, usual: boolean) => boolean) =>
            (state: Immutable, thing: unknown, usual: boolean) => {
              const filter = state.get('filter');
              const isTag = Array.isArray(thing) && thing[0] === 'operations-tag';
              return (isTag && typeof filter === 'string' && filter !== '') || original(thing, usual);
            },
        },
      },
    },
  };
}

/** The filter box under a name that says what it does. */
export function searchBoxPlugin(): object {
  interface Props {
    layoutSelectors: { currentFilter: () => unknown };
    layoutActions: { updateFilter: (text: string) => void };
  }
  const FilterContainer =
    (_: unknown, { React: { createElement } }: System) =>
    ({ layoutSelectors, layoutActions }: Props) => {
      const filter = layoutSelectors.currentFilter();
      const input = createElement('input', {
        className: 'operation-filter-input',
        type: 'text',
        placeholder: 'Search operations: share, /admin/users, delete',
        'aria-label': 'Search operations',
        value: typeof filter === 'string' ? filter : '',
        onChange: ({ target }: { target: { value: string } }) => layoutActions.updateFilter(target.value),
      });
      const filled = createElement('div', { className: 'filter wrapper' }, input);
      return createElement('div', { className: 'filter-container' }, filled);
    };
  return { wrapComponents: { FilterContainer } };
}

/** A response that the head of the document explains is one line. */
export function shortResponsesPlugin(): object {
  interface Props {
    code: string;
    className?: string;
    response: Immutable;
    getComponent: (name: string, container: boolean) => unknown;
  }
  const response =
    (Original: unknown, { React: { createElement } }: System) =>
    (props: Props) => {
      if (!props.response.get('x-explained-once')) return createElement(Original, props);
      const source = props.response.get('description');
      const text = createElement(props.getComponent('Markdown', true), { source });
      return createElement(
        'tr',
        { className: `response ${props.className ?? ''}`, 'data-code': props.code },
        createElement('td', { className: 'response-col_status' }, props.code),
        createElement('td', { className: 'response-col_description', colSpan: 2 }, text),
      );
    };
  return { wrapComponents: { response } };
}
