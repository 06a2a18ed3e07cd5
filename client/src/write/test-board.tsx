// For the tests of the forms: a board that answers as it is told, and the page around a form.
import { QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { MemoryRouter, Route, Routes } from "react-router";
import { vi } from "vitest";
import { newQueryClient } from "../api/cache";
import { Toasts } from "../ui/Toast";

/** What the board answers. */
export const answer = vi.fn<typeof fetch>();

export const json = (body: unknown, status = 200, headers: HeadersInit = {}) =>
  new Response(JSON.stringify(body), { status, headers });

/** A refusal, as RFC 9457 has it. */
export const problem = (status: number, errors: object[] = [], headers: HeadersInit = {}) =>
  json({ title: "Refused", errors }, status, headers);

/** A board with nothing to say yet. */
export function setUp(): void {
  answer.mockReset();
  answer.mockImplementation(async () => json([]));
  vi.stubGlobal("fetch", answer);
  vi.stubGlobal("scrollTo", () => {});
}

/** What was sent to change something, in order. */
export const writes = () =>
  answer.mock.calls
    .filter(([, init]) => init?.method !== "GET")
    .map(([url, init]) => ({
      url: String(url).replace("/api/v1/", ""),
      method: init?.method,
      key: new Headers(init?.headers).get("Idempotency-Key"),
      ifMatch: new Headers(init?.headers).get("If-Match"),
      keepalive: init?.keepalive,
      body: init?.body ? JSON.parse(String(init.body)) : undefined,
    }));

/** Shows it at `/`; any other page says its address. */
export function show(page: ReactNode) {
  const client = newQueryClient();
  client.setDefaultOptions({ queries: { retry: false }, mutations: { networkMode: "always" } });
  const view = render(
    <QueryClientProvider client={client}>
      <MemoryRouter>
        <Routes>
          <Route index element={page} />
          <Route path="p/:id" element={<p>the post</p>} />
        </Routes>
      </MemoryRouter>
      <Toasts />
    </QueryClientProvider>,
  );
  return { client, ...view };
}
