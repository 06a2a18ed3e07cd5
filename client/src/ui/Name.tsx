// Somebody's name, or a title: in its own direction, whatever stands around it.
import { useText } from "../i18n/language";
import { contained } from "./isolated";

/** What people wrote, on one line. */
export const Written = ({ children }: { children: string }) => <bdi>{contained(children)}</bdi>;

/** The name of who wrote something, who may have none. */
export function Name({ of }: { of: string | null | undefined }) {
  const text = useText();
  return <Written>{of ?? text.ui.someone}</Written>;
}
