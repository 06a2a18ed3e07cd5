// Drafts in storage: whole or not at all, and not for ever.
import { expect, test, vi } from "vitest";
import { en } from "../i18n/en";
import { keep, namesOf, recall } from "../storage";
import { keepDraft, newDraft, places, recallDraft } from "./drafts";
import { leftOf, lengthOf, wrongWith } from "./limits";

const DAY_MS = 24 * 60 * 60 * 1000;
const shape = { content: "" };

test("each place has its own draft, with its key", () => {
  const one = newDraft({ content: "one" }, undefined);
  keepDraft(places.comment("p", undefined), one);
  keepDraft(places.comment("p", "c"), newDraft({ content: "two" }, undefined));
  expect(recallDraft(places.comment("p", undefined), shape)).toEqual(one);
  expect(recallDraft(places.comment("p", "c"), shape)?.fields.content).toBe("two");
  expect(recallDraft(places.newPost, shape)).toBeUndefined();
});

test("what is not a draft of this shape is none", () => {
  for (const text of [
    "{",
    "null",
    '{"key":"k"}',
    '{"key":"k","at":9e15,"unsure":[],"fields":{"other":"x"}}',
  ]) {
    keep("draft.post", text);
    expect(recallDraft("post", shape)).toBeUndefined();
  }
});

test("fifty drafts are kept, the newest; and none for more than thirty days", () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  for (let n = 0; n < 60; n += 1) {
    vi.setSystemTime(Date.UTC(2025, 0, 1) + n * 1000);
    keepDraft(`reply:${n}`, newDraft({ content: String(n) }, undefined));
  }
  expect(namesOf("draft.")).toHaveLength(50);
  expect(recall("draft.reply:9")).toBeNull();
  vi.setSystemTime(Date.now() + 31 * DAY_MS);
  expect(recallDraft("reply:59", shape)).toBeUndefined();
  keepDraft("post", newDraft({ content: "new" }, undefined));
  expect(namesOf("draft.")).toEqual(["draft.post"]);
  vi.useRealTimers();
});

test("characters are counted as the services count them", () => {
  expect(lengthOf(" a🌳b ")).toBe(3);
  expect(leftOf("x".repeat(269), 300)).toBeUndefined();
  expect(leftOf("x".repeat(270), 300)).toBe(30);
  expect(leftOf("🌳".repeat(301), 300)).toBe(-1);
  expect(leftOf("🌳".repeat(200), 300)).toBeUndefined();
});

test("what nobody could see is named before it is sent", () => {
  const demands = { title: { most: 5, required: true }, authorName: { most: 5 } };
  expect(wrongWith({ title: "\u200b\u2800", authorName: "\u3164" }, demands, en)).toEqual({
    title: "Write something here first.",
    authorName: "Nobody could see any of this: write something else here, or nothing.",
  });
});

test("what is empty or too long is named before it is sent", () => {
  const demands = { title: { most: 5, required: true }, content: { most: 5 } };
  expect(wrongWith({ title: " ", content: "" }, demands, en)).toEqual({
    title: "Write something here first.",
  });
  expect(wrongWith({ title: "12345", content: "123456" }, demands, en)).toEqual({
    content: "1 character too many; at most 5 are possible.",
  });
});
