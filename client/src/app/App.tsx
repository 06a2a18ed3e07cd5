// The routes. The list comes with the first load; every other page is loaded when one goes there.
import { CSPProvider } from "@base-ui/react/csp-provider";
import { type QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy } from "react";
import { BrowserRouter, Route, Routes } from "react-router";
import { LiveProvider } from "../live/LiveProvider";
import { ListPage } from "../posts/ListPage";
import { Layout } from "./Layout";
import { NotFound } from "./NotFound";

const WritePage = lazy(() => import("../write/WritePage").then((page) => ({ default: page.WritePage })));
const ThreadPage = lazy(() => import("../thread/ThreadPage").then((page) => ({ default: page.ThreadPage })));
const ModerationPage = lazy(() =>
  import("../moderation/ModerationPage").then((page) => ({ default: page.ModerationPage })),
);
const BusPage = lazy(() => import("../bus/BusPage").then((page) => ({ default: page.BusPage })));

/** Everything, with what it needs around it. */
export function App({ client }: { client: QueryClient }) {
  return (
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={client}>
        <LiveProvider>
          <BrowserRouter>
            <Routes>
              <Route element={<Layout />}>
                <Route index element={<ListPage />} />
                <Route path="new" element={<WritePage />} />
                <Route path="p/:postId" element={<ThreadPage />} />
                <Route path="moderation" element={<ModerationPage />} />
                <Route path="bus" element={<BusPage />} />
                <Route path="*" element={<NotFound />} />
              </Route>
            </Routes>
          </BrowserRouter>
        </LiveProvider>
      </QueryClientProvider>
    </CSPProvider>
  );
}
