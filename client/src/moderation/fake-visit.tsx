// A visit to the moderators' page for its tests: the page over the fake board, and what one sees there.
import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { vi } from "vitest";
import { newQueryClient } from "../api/cache";
import { setModeratorToken } from "../api/token";
import { LiveProvider } from "../live/LiveProvider";
import { Toasts } from "../ui/Toast";
import { answer, item, reset } from "./fake-board";
import { ModerationPage } from "./ModerationPage";
import { setSingleKeys } from "./shortcuts";

class Source extends EventTarget {
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  readyState = 1;
  close() {}
}

/** A board where nothing was done yet, and a browser that asks it. */
export function begin(): void {
  reset();
  setModeratorToken(null);
  setSingleKeys(true);
  vi.stubGlobal("fetch", vi.fn(answer));
  vi.stubGlobal("EventSource", Source);
  vi.stubGlobal("scrollTo", () => {});
  Element.prototype.scrollIntoView = () => {};
}

/** Opens the page. */
export function open() {
  const client = newQueryClient();
  client.setDefaultOptions({ queries: { retry: false } });
  const { unmount } = render(
    <QueryClientProvider client={client}>
      <LiveProvider>
        <MemoryRouter initialEntries={["/moderation"]}>
          <ModerationPage />
          <Toasts />
        </MemoryRouter>
      </LiveProvider>
    </QueryClientProvider>,
  );
  return { client, unmount };
}

const textOf = (card: Element) => card.querySelector('[id$="-text"]')?.textContent?.replace("Text ", "");
/** The texts of the cards, without the word before their names. */
export const cards = () =>
  within(screen.getByRole("region", { name: "What waits for a decision" }))
    .queryAllByRole("article")
    .map(textOf);
/** The text of the card that has the focus. */
export const focused = () => document.activeElement && textOf(document.activeElement);
/** What waits in most stories. */
export const three = () => [item("a", 1), item("b", 2), item("c", 3)];
