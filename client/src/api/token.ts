// The moderator's token, for boards that are reached from elsewhere. It is kept for this tab only.
import { signal, useSignal } from "../signal";
import { keep, recall } from "../storage";

const token = signal<string | null>(recall("token", "tab"));

/** The token, if one was given. */
export const moderatorToken = (): string | null => token.get();

/** Takes a token; `null` forgets it. */
export function setModeratorToken(value: string | null): void {
  const trimmed = value?.trim() || null;
  keep("token", trimmed, "tab");
  token.set(trimmed);
}

/** The token, if one was given; renders anew when it changes. */
export const useModeratorToken = (): string | null => useSignal(token);
