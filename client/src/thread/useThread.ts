// A thread as this reader has it before them: what was read, what was heard since, what is collapsed, where one is led.
import { useCallback, useMemo, useState } from "react";
import { unique, usePost } from "../api/posts";
import type { Comment } from "../api/types";
import { useChanges } from "../live/LiveProvider";
import { admitIds, admitParts, hear, joined, nobody } from "./admission";
import { useReveal } from "./reveal";
import { ancestorsOf, isReadable, rowsOf, treeOf } from "./tree";

/** The thread of this post. */
export function useThread(postId: string) {
  const query = usePost(postId);
  const pages = query.data?.pages;
  const { hasNextPage, fetchNextPage, isFetching, isFetchNextPageError } = query;

  const [heard, setHeard] = useState<ReadonlyMap<string, Comment>>(new Map());
  useChanges((change) => {
    if (change.kind !== "comment" || change.comment.postId !== postId) return;
    setHeard((before) => hear(before, change.comment));
  });

  const parts = useMemo(() => pages?.map((page) => page.data.comments ?? []) ?? nobody.parts, [pages]);
  const [stored, setAdmission] = useState(nobody);
  const admission = admitParts(stored, parts);
  if (admission !== stored) setAdmission(admission);

  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set());
  const { tree, unplaced } = useMemo(() => {
    const { comments, unplaced } = joined(unique(parts.flat()), heard.values(), !hasNextPage);
    return { tree: treeOf(comments), unplaced };
  }, [parts, heard, hasNextPage]);
  const { rows, waiting } = useMemo(
    () => rowsOf(tree, { collapsed, admitted: admission.ids }),
    [tree, collapsed, admission.ids],
  );
  const shown = useMemo(() => new Set(rows.map((row) => row.comment.id)), [rows]);

  const load = useCallback(() => void fetchNextPage({ cancelRefetch: false }), [fetchNextPage]);
  const { reveal, ...found } = useReveal({
    look: (id) => {
      const node = tree.nodes.get(id);
      const covered = ancestorsOf(tree, id).some((above) => collapsed.has(above));
      return {
        shown: shown.has(id),
        hidden: node !== undefined && (isReadable(node.comment) || covered),
        more: hasNextPage,
        fetching: isFetching,
        failed: isFetchNextPageError,
      };
    },
    open: (id) => {
      const above = new Set(ancestorsOf(tree, id));
      setCollapsed((before) => new Set([...before].filter((other) => !above.has(other))));
      setAdmission((before) => admitIds(before, [id]));
    },
    load,
  });

  const toggle = useCallback((id: string) => {
    setCollapsed((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  }, []);
  const fresh = [...waiting, ...unplaced];
  const showFresh = () => {
    setAdmission((before) => admitIds(before, waiting));
    if (fresh[0]) reveal(fresh[0]);
  };
  return { ...query, ...found, rows, fresh: fresh.length, showFresh, toggle, reveal, load };
}
