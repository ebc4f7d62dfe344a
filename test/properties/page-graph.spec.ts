import fc from 'fast-check';
import { graphOf } from '../../web/src/parts/access/graph.js';
import { layoutOf } from '../../web/src/parts/access/layout.js';

type Reachers = Parameters<typeof graphOf>[1];

const PATH = 's3a://lake/users/alice/';
const WORDS = {
  level: (level: string) => level,
  via: (via: string) => via,
  until: (iso: string) => `until ${iso}`,
  people: (count: number) => `${count} people`,
};
const COLUMNS = ['path', 'reason', 'via', 'people'];

const name = fc.stringMatching(/^[a-z]{1,3}$/);
const because = fc.record({
  via: fc.oneof(
    fc.constant('owner'),
    name.map((each) => `group ${each}`),
    name.map((each) => `user ${each}`),
  ),
  permission: fc.constantFrom('read', 'write'),
});
const user = fc.record({
  kind: fc.constant('user'),
  name,
  permission: fc.constant('read'),
  because: fc.array(because, { minLength: 1, maxLength: 4 }),
});
const group = fc
  .record({
    name,
    members: fc.uniqueArray(name, { maxLength: 30 }),
    because: fc.array(because, { minLength: 1, maxLength: 2 }),
  })
  .map(({ members, ...each }) => ({
    ...each,
    kind: 'group',
    permission: 'read',
    member_count: members.length,
    members: members.map((user_name) => ({ user_name, role: 'member' })),
  }));
const reachers = fc.array(fc.oneof(user, group), {
  maxLength: 60,
}) as fc.Arbitrary<unknown> as fc.Arbitrary<Reachers>;

describe('the picture of who reaches a path', () => {
  it('leads from the path to everybody, one column at a time', () => {
    fc.assert(
      fc.property(reachers, (found) => {
        const { nodes, edges } = graphOf(PATH, found, WORDS);
        const columnOf = new Map(nodes.map(({ id, column }) => [id, COLUMNS.indexOf(column)]));
        expect(columnOf.size).toBe(nodes.length);
        for (const { from, to } of edges) expect(columnOf.get(to)).toBe((columnOf.get(from) ?? NaN) + 1);
        const reached = new Set(edges.map(({ to }) => to));
        expect(nodes.filter(({ id }) => id !== 'path' && !reached.has(id))).toEqual([]);
      }),
    );
  });

  it('names everybody, or counts them where they are many', () => {
    fc.assert(
      fc.property(reachers, (found) => {
        const people = new Set(
          found.flatMap((each) => {
            if (each.kind === 'user') return [each.name];
            const members = each.members ?? [];
            return members.length <= 20 ? members.map(({ user_name }) => user_name) : [];
          }),
        );
        const labels = graphOf(PATH, found, WORDS)
          .nodes.filter(({ column, id }) => column === 'people' && !id.startsWith('members '))
          .map(({ label }) => label);
        const counted = labels.reduce(
          (sum, label) => sum + Number(/^(\d+) people$/.exec(label)?.[1] ?? 1),
          0,
        );
        expect(counted).toBe(people.size);
      }),
    );
  });

  it('folds 500 people into one node', () => {
    const many = Array.from({ length: 500 }, (_, index) => ({
      kind: 'user',
      name: `user${index}`,
      permission: 'read',
      because: [{ via: 'everyone', permission: 'read' }],
    })) as unknown as Reachers;
    const graph = graphOf(PATH, many, WORDS);
    expect(graph.nodes.filter(({ column }) => column === 'people').map(({ label }) => label)).toEqual([
      '500 people',
    ]);
  });

  it('puts no node onto another', () => {
    fc.assert(
      fc.property(reachers, (found) => {
        const { nodes } = layoutOf(graphOf(PATH, found, WORDS));
        for (const [index, a] of nodes.entries())
          for (const b of nodes.slice(index + 1)) {
            const apart =
              a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
            expect([a.id, b.id, apart]).toEqual([a.id, b.id, true]);
          }
      }),
      { numRuns: 30 },
    );
  });
});
