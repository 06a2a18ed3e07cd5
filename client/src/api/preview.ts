// What a text will look like: the services' own rendering of its Markdown, while one writes.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { keys } from "./cache";
import { call } from "./http";

const PAUSE_MS = 300;

/** The HTML of a text, asked for when the writer pauses. `enabled`: whether the preview is being looked at. */
export function usePreview(content: string, enabled: boolean) {
  const settled = useSettled(content, PAUSE_MS);
  return useQuery({
    queryKey: keys.preview(settled),
    enabled: enabled && settled.trim() !== "",
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    queryFn: async ({ signal }) =>
      (await call<{ html: string }>("preview", { method: "POST", body: { content: settled }, signal })).data
        .html,
  });
}

/** The value as it was when it last stayed the same for so long. */
export function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
