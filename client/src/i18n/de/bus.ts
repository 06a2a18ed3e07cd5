// German: the page in src/bus.
import type { Text } from "../en";

export const bus: Text["bus"] = {
  title: "Der Ereignisbus",
};
