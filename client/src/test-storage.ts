// For tests: a browser whose storage is full.
import { vi } from "vitest";

/** Leaves no room; what is there stays. The answer makes room again. */
export function fillStorage(): () => void {
  const real = window.localStorage;
  const full = new Proxy(real, {
    get(_, name) {
      if (name === "setItem")
        return () => {
          throw new DOMException("full", "QuotaExceededError");
        };
      const value = Reflect.get(real, name);
      return typeof value === "function" ? value.bind(real) : value;
    },
  });
  vi.stubGlobal("localStorage", full);
  return () => vi.stubGlobal("localStorage", real);
}
