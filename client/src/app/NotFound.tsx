// An address that leads nowhere.
import { useText } from "../i18n/language";
import { ButtonLink } from "../ui/Button";
import { EmptyState } from "../ui/states";
import { PageHeading } from "./page";

/** Says so, and leads back. */
export function NotFound() {
  const { notFound } = useText().app;
  return (
    <>
      <PageHeading title={notFound.title}>{notFound.title}</PageHeading>
      <EmptyState title="404" text={notFound.text}>
        <ButtonLink look="primary" to="/">
          {notFound.back}
        </ButtonLink>
      </EmptyState>
    </>
  );
}
