// The address of a post or comment, handed on: by the device's own means where there are any, else to the clipboard.
import type { Text } from "../i18n/en";
import { showToast } from "../ui/Toast";

/** Hands on the address of `path` (with a `#` if it names a comment), and says what came of it. */
export async function shareLink(path: string, title: string, words: Text["thread"]): Promise<void> {
  const url = new URL(path, window.location.href).href;
  if ("share" in navigator && window.matchMedia("(pointer: coarse)").matches) {
    // Refused or called off: then nothing is to be said.
    await navigator.share({ title, url }).catch(() => undefined);
    return;
  }
  // Without https there is no clipboard: the address is shown instead.
  const copied = await navigator.clipboard?.writeText(url).then(
    () => true,
    () => false,
  );
  showToast(copied ? { text: words.copied } : { text: words.address(url), stays: 0 });
}
