// German: the page in src/moderation.
import type { Text } from "../en";

export const moderation: Text["moderation"] = {
  title: "Moderation",
};
