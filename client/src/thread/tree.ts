// A thread as a tree, made of the comments that were read; and the rows of it that are shown, one below the other.
// Nothing here calls itself: how deep a thread goes is its writers' choice.
import type { Comment } from "../api/types";

/** A comment with what answers it, oldest first. */
export interface Node {
  comment: Comment;
  parent: Node | undefined;
  replies: Node[];
}

/** All comments of a thread. */
export interface Tree {
  roots: Node[];
  nodes: ReadonlyMap<string, Node>;
}

/** One comment as it is shown. */
export interface Row {
  comment: Comment;
  /** 1 at the top. */
  level: number;
  /** What it answers, if that is there. */
  parent: Comment | undefined;
  /** Its place among those that answer the same, from 1. */
  position: number;
  siblings: number;
  /** How many comments stand below it, hidden ones too if it is collapsed. */
  replies: number;
  collapsed: boolean;
}

/** What decides about the rows. */
export interface Showing {
  /** Comments whose replies are hidden. */
  collapsed: ReadonlySet<string>;
  /** Comments that have their place on the page. Others wait, unless something below them has one. */
  admitted: ReadonlySet<string>;
}

/** The tree. What answers nothing that was read stands at the top, and so does one comment of each circle. */
export function treeOf(comments: readonly Comment[]): Tree {
  const nodes = new Map<string, Node>();
  for (const comment of comments) {
    if (!nodes.has(comment.id)) nodes.set(comment.id, { comment, parent: undefined, replies: [] });
  }
  const roots: Node[] = [];
  for (const node of nodes.values()) {
    const parent = node.comment.parentId ? nodes.get(node.comment.parentId) : undefined;
    node.parent = parent;
    (parent?.replies ?? roots).push(node);
  }
  const reached = new Set(downwards(roots));
  for (const node of nodes.values()) {
    if (reached.has(node)) continue;
    if (node.parent) node.parent.replies = node.parent.replies.filter((reply) => reply !== node);
    node.parent = undefined;
    roots.push(node);
    for (const below of downwards([node])) reached.add(below);
  }
  return { roots, nodes };
}

/** The rows to show, and the comments that wait for being shown, both from the top down. */
export function rowsOf(
  { roots }: Tree,
  { collapsed, admitted }: Showing,
): { rows: Row[]; waiting: string[] } {
  const order = downwards(roots);
  const shown = new Set<Node>();
  const replies = new Map<Node, number>();
  for (const node of order.toReversed()) {
    const below = node.replies.filter((reply) => shown.has(reply));
    if (below.length > 0 || admitted.has(node.comment.id)) shown.add(node);
    replies.set(
      node,
      below.reduce((sum, reply) => sum + 1 + (replies.get(reply) ?? 0), 0),
    );
  }
  const waiting = order.filter((node) => !shown.has(node) && isReadable(node.comment));
  const rows: Row[] = [];
  const stack = placed(roots, shown, 1);
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { node, level, position, siblings } = next;
    const count = replies.get(node) ?? 0;
    const closed = count > 0 && collapsed.has(node.comment.id);
    rows.push({
      comment: node.comment,
      parent: node.parent?.comment,
      level,
      position,
      siblings,
      replies: count,
      collapsed: closed,
    });
    if (!closed) stack.push(...placed(node.replies, shown, level + 1));
  }
  return { rows, waiting: waiting.map((node) => node.comment.id) };
}

/** The ids of what a comment answers, upwards. */
export function ancestorsOf({ nodes }: Tree, id: string): string[] {
  const ids: string[] = [];
  for (let node = nodes.get(id)?.parent; node; node = node.parent) ids.push(node.comment.id);
  return ids;
}

/** Whether there is something of it to read for this reader. */
export const isReadable = (comment: Comment): boolean => !comment.withheld && !comment.deleted;

/** These and all below them, each before its replies. */
function downwards(from: readonly Node[]): Node[] {
  const order: Node[] = [];
  const stack = from.toReversed();
  for (let node = stack.pop(); node; node = stack.pop()) {
    order.push(node);
    for (let at = node.replies.length - 1; at >= 0; at -= 1) stack.push(node.replies[at] as Node);
  }
  return order;
}

interface Placed {
  node: Node;
  level: number;
  position: number;
  siblings: number;
}

/** Those of the nodes that are shown, with their places; the first one last, for a stack. */
function placed(nodes: readonly Node[], shown: ReadonlySet<Node>, level: number): Placed[] {
  const siblings = nodes.filter((node) => shown.has(node));
  return siblings.map((node, at) => ({ node, level, position: at + 1, siblings: siblings.length })).reverse();
}
