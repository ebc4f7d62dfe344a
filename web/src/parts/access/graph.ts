import type { Schema } from '../../api/schema.ts';

type Reacher = Schema['ReacherDto'];

/** Where a node stands: the path, what gives the access, by whom it comes, and the people. */
export type Column = 'path' | 'reason' | 'via' | 'people';

export interface Node {
  id: string;
  column: Column;
  /** What it is, in one line. */
  label: string;
  /** A second, smaller line. */
  detail: string;
}

export interface Graph {
  nodes: Node[];
  edges: { from: string; to: string }[];
}

/** People beyond this many are one node with their number. */
const FOLD_AFTER = 20;

/** The texts of the picture, which this file does not choose. */
export interface GraphWords {
  level: (permission: Reacher['permission']) => string;
  via: (via: string) => string;
  until: (iso: string) => string;
  people: (count: number) => string;
}

/** The picture of an answer: each reason once, each person once, whatever leads to them. */
export function graphOf(path: string, reachers: readonly Reacher[], words: GraphWords): Graph {
  const builder = new Builder(words);
  const root = builder.add({ id: 'path', column: 'path', label: path, detail: '' });
  const people: Arrivals = new Map();
  for (const reacher of reachers) {
    const vias = new Set(reacher.because.map((because) => builder.addReason(root, path, because)));
    if (reacher.kind === 'user') arrive(people, reacher.name, vias);
    else if (isSmall(reacher))
      for (const { user_name } of reacher.members ?? []) arrive(people, user_name, vias);
    else builder.addMany(`members ${reacher.name}`, reacher.member_count ?? 0, vias);
  }
  builder.addPeople(people);
  return builder.graph();
}

/** By what each person comes. */
type Arrivals = Map<string, Set<string>>;

function arrive(people: Arrivals, name: string, vias: ReadonlySet<string>): void {
  people.set(name, new Set([...(people.get(name) ?? []), ...vias]));
}

/** Whether all members of a group are known and few enough to be shown one by one. */
function isSmall({ member_count: count = 0, members = [] }: Reacher): boolean {
  return members.length === count && count <= FOLD_AFTER;
}

class Builder {
  readonly #nodes = new Map<string, Node>();
  readonly #edges = new Map<string, { from: string; to: string }>();
  readonly #words: GraphWords;

  constructor(words: GraphWords) {
    this.#words = words;
  }

  graph(): Graph {
    return { nodes: [...this.#nodes.values()], edges: [...this.#edges.values()] };
  }

  add(node: Node): string {
    this.#nodes.set(node.id, node);
    return node.id;
  }

  /** What gives the access, and by whom it comes; answers the latter. */
  addReason(
    root: string,
    path: string,
    { via, permission, expires_at: end, grant }: Reacher['because'][number],
  ): string {
    const place = grant?.path ?? path;
    // a path below the one that was asked about is told from there on
    const detail = [place.replace(path, ''), end === undefined ? '' : this.#words.until(end)];
    const reason = this.add({
      id: `reason ${place} ${permission} ${end ?? ''} ${via}`,
      column: 'reason',
      label: this.#words.level(permission),
      detail: detail.filter((part) => part !== '').join(', '),
    });
    const source = this.add({ id: `via ${via}`, column: 'via', label: this.#words.via(via), detail: '' });
    this.#connect(root, reason);
    this.#connect(reason, source);
    return source;
  }

  /** People who are shown by their number. */
  addMany(id: string, count: number, vias: Iterable<string>): void {
    if (count > 0)
      this.#addArrived({ id, column: 'people', label: this.#words.people(count), detail: '' }, vias);
  }

  /** People who come by the same ways stand together, folded where they are many. */
  addPeople(people: Arrivals): void {
    const together = Map.groupBy(people.keys(), (name) => [...(people.get(name) ?? [])].sort().join('\n'));
    for (const [key, names] of together) {
      const vias = key.split('\n');
      if (names.length > FOLD_AFTER) this.addMany(`people ${key}`, names.length, vias);
      else
        for (const name of names)
          this.#addArrived({ id: `person ${name}`, column: 'people', label: name, detail: '' }, vias);
    }
  }

  #addArrived(node: Node, vias: Iterable<string>): void {
    const id = this.add(node);
    for (const via of vias) this.#connect(via, id);
  }

  #connect(from: string, to: string): void {
    this.#edges.set(`${from}\n${to}`, { from, to });
  }
}
