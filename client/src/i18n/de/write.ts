// German: the page in src/write.
import type { Text } from "../en";

export const write: Text["write"] = {
  title: "Neuer Beitrag",
};
