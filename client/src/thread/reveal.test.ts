// How a comment is looked for, and how the search ends.
import { act, renderHook } from "@testing-library/react";
import { expect, test } from "vitest";
import { nextStep, type Sight, useReveal } from "./reveal";

const nowhere: Sight = { shown: false, hidden: false, more: false, fetching: false, failed: false };

test("the next step follows from what is known", () => {
  expect(nextStep({ ...nowhere, shown: true, fetching: true })).toBe("show");
  expect(nextStep({ ...nowhere, hidden: true, fetching: true })).toBe("open");
  expect(nextStep({ ...nowhere, more: true, fetching: true })).toBe("wait");
  expect(nextStep({ ...nowhere, more: true, failed: true })).toBe("failed");
  expect(nextStep({ ...nowhere, more: true })).toBe("load");
  expect(nextStep(nowhere)).toBe("gone");
});

test("reads on until it is found, then opens what hides it", () => {
  const log: string[] = [];
  let sight: Sight = { ...nowhere, more: true };
  const { result, rerender } = renderHook(() =>
    useReveal({ look: () => sight, load: () => log.push("load"), open: (id) => log.push(`open ${id}`) }),
  );
  act(() => result.current.reveal("x"));
  sight = { ...nowhere, more: true, fetching: true };
  rerender();
  sight = { ...nowhere, hidden: true };
  rerender();
  sight = { ...nowhere, shown: true };
  rerender();
  expect(log).toEqual(["load", "open x"]);
  expect(result.current.goal).toEqual({ id: "x" });
  expect(result.current.searching).toBe(false);
});

test("says when it is not there, and forgets that with the next search", () => {
  let sight = nowhere;
  const { result } = renderHook(() => useReveal({ look: () => sight, load: () => {}, open: () => {} }));
  act(() => result.current.reveal("x"));
  expect(result.current.lost).toBe("gone");
  sight = { ...nowhere, shown: true };
  act(() => result.current.reveal("y"));
  expect(result.current.lost).toBeUndefined();
  expect(result.current.goal).toEqual({ id: "y" });
});
