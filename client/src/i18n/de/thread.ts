// German: the page in src/thread.
import type { Text } from "../en";

export const thread: Text["thread"] = {
  title: "Ein Beitrag",
};
