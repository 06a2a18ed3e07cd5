// Sets the colours before the first paint: what the reader chose, or what the system says. `src/app/theme.ts` takes over.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem("folkmoot.theme");
  } catch {
    // Storage is blocked: the system decides.
  }
  const dark =
    choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
