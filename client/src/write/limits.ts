// How long things may be, in characters as the services count them, and what is wrong before anything is sent.

import type { ReactNode } from "react";
import type { Text } from "../i18n/en";
import { isUnseen } from "../ui/isolated";
import type { Fields } from "./drafts";

/** The longest that each text may be. */
export const LIMITS = { title: 300, post: 40_000, comment: 10_000, authorName: 60, reason: 1_000 } as const;

/** What a field asks for. */
export interface Demand {
  most: number;
  required?: boolean;
}

/** The length in Unicode characters, without the space around it. */
export function lengthOf(text: string): number {
  const trimmed = text.trim();
  let pairs = 0;
  for (let at = 0; at < trimmed.length; at += 1) {
    const code = trimmed.charCodeAt(at);
    if (code >= 0xd800 && code < 0xdc00) pairs += 1;
  }
  return trimmed.length - pairs;
}

/** How many characters are left, once that is worth knowing: a tenth of them, at most 500. Negative: too many. */
export function leftOf(text: string, most: number): number | undefined {
  const worth = Math.min(most / 10, 500);
  if (text.length < most - worth) return undefined;
  const left = most - lengthOf(text);
  return left <= worth ? left : undefined;
}

/** What is wrong, by field. */
export type Wrong<F extends Fields> = Partial<Record<keyof F, ReactNode>>;

/** What is wrong with these fields, without asking the board. */
export function wrongWith<F extends Fields>(
  fields: F,
  demands: Record<keyof F, Demand>,
  text: Text,
): Wrong<F> {
  const wrong: Wrong<F> = {};
  for (const name of Object.keys(demands) as (keyof F)[]) {
    const { most, required } = demands[name];
    const value = fields[name] ?? "";
    const length = lengthOf(value);
    if (required && isUnseen(value)) wrong[name] = text.write.wrong.empty;
    else if (length > 0 && isUnseen(value)) wrong[name] = text.write.wrong.unseen;
    else if (length > most) wrong[name] = text.write.wrong.long(length - most, most);
  }
  return wrong;
}
