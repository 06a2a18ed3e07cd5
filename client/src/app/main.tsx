// The beginning: colours, language, then everything else.
import "../ui/tokens.css";
import "../ui/base.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { newQueryClient } from "../api/cache";
import { preferred, speak } from "../i18n/language";
import { App } from "./App";
import { startTheme } from "./theme";

startTheme();
// Without its texts (offline, say) the page still speaks English.
await speak(preferred()).catch(() => speak("en"));

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App client={newQueryClient()} />
    </StrictMode>,
  );
}
