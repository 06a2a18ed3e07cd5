// A thread as this reader has it before them: what was read, what was heard since, what is collapsed, where one is led.
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { keys } from "../api/cache";
import { unique, usePost } from "../api/posts";
import type { Comment } from "../api/types";
import { useChanges } from "../live/LiveProvider";
import { admitIds, admitParts, hear, heardSince, joined, nobody } from "./admission";
import { useReveal } from "./reveal";
import { ancestorsOf, isReadable, rowsOf, treeOf } from "./tree";
import { useForms, withHeld } from "./useForms";

/** The thread of this post. */
export function useThread(postId: string) {
  const query = usePost(postId);
  const pages = query.data?.pages;
  const { hasNextPage, fetchNextPage, isFetching, isFetchNextPageError } = query;

  const [heard, setHeard] = useState<ReadonlyMap<string, Comment>>(new Map());
  const client = useQueryClient();
  useChanges((change) => {
    if (change.kind === "reset") {
      // What was missed may have taken back what was heard: the reading that the reset began knows.
      const queryKey = keys.post(postId);
      const read = client.refetchQueries({ queryKey }, { cancelRefetch: false });
      void read.then(() => {
        if (client.getQueryState(queryKey)?.status === "success") setHeard((now) => heardSince(heard, now));
      });
    }
    if (change.kind !== "comment" || change.comment.postId !== postId) return;
    setHeard((before) => hear(before, change.comment));
  });

  const parts = useMemo(() => pages?.map((page) => page.data.comments ?? []) ?? nobody.parts, [pages]);
  const [stored, setAdmission] = useState(nobody);
  const admission = admitParts(stored, parts);
  if (admission !== stored) setAdmission(admission);

  const { forms, openForm, closeForm } = useForms();
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set());
  const { tree, unplaced } = useMemo(() => {
    const { comments, unplaced } = joined(unique(parts.flat()), heard.values(), !hasNextPage);
    return { tree: treeOf(withHeld(comments, forms)), unplaced };
  }, [parts, heard, hasNextPage, forms]);
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
  const writing = { forms, openForm, closeForm };
  return { ...query, ...found, rows, writing, fresh: fresh.length, showFresh, toggle, reveal, load };
}
