import { Graph as DagreGraph, layout } from '@dagrejs/dagre';
import type { Graph, Node } from './graph.ts';

/** A node with its place, in pixels. */
export interface Placed extends Node {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Layout {
  width: number;
  height: number;
  nodes: Placed[];
  /** The way of each edge, as the `d` of an SVG path. */
  edges: string[];
}

const WIDTHS = { path: 220, reason: 210, via: 150, people: 140 };
const LINE = 18;
const PADDING = 16;

/** Four columns from left to right. */
export function layoutOf({ nodes, edges }: Graph): Layout {
  const graph = new DagreGraph();
  graph.setGraph({ rankdir: 'LR', nodesep: 10, ranksep: 42, marginx: 4, marginy: 4 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) {
    const height = PADDING + LINE * (node.detail === '' ? 1 : 2);
    graph.setNode(node.id, { width: WIDTHS[node.column], height });
  }
  for (const { from, to } of edges) graph.setEdge(from, to);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const boxes = (id: string): Box => boxOf(graph.node(id) as Middle);
  return {
    width,
    height,
    nodes: nodes.map((node) => ({ ...node, ...boxes(node.id) })),
    edges: edges.map(({ from, to }) => curve(boxes(from), boxes(to))),
  };
}

type Box = Pick<Placed, 'x' | 'y' | 'width' | 'height'>;

/** Dagre tells the middle of a node. */
interface Middle {
  x: number;
  y: number;
  width: number;
  height: number;
}

function boxOf({ x, y, width, height }: Middle): Box {
  return { x: x - width / 2, y: y - height / 2, width, height };
}

function curve(from: Box, to: Box): string {
  const [x1, y1] = [from.x + from.width, from.y + from.height / 2];
  const [x2, y2] = [to.x, to.y + to.height / 2];
  const middle = (x1 + x2) / 2;
  return `M ${x1} ${y1} C ${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}

/** A text that fits into so many pixels; what is cut stands in the table and in the title of the node. */
export function fitting(text: string, width: number): string {
  const characters = Math.floor((width - PADDING) / 7.2);
  if (text.length <= characters) return text;
  // the end of a path tells more than its beginning
  return text.includes('/') ? `…${text.slice(1 - characters)}` : `${text.slice(0, characters - 1)}…`;
}
