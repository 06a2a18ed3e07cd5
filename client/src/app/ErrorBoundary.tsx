// Holds a page that broke while it was drawn, so that the rest stays usable.
import { Component, type ReactNode } from "react";
import { useText } from "../i18n/language";
import { Button } from "../ui/Button";
import { EmptyState } from "../ui/states";

interface Props {
  children: ReactNode;
  /** Another page is another try. */
  page: string;
}

/** Shows what broke instead of nothing. */
export class ErrorBoundary extends Component<Props, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override componentDidUpdate(before: Props) {
    if (before.page !== this.props.page && this.state.broken) this.setState({ broken: false });
  }

  override render() {
    return this.state.broken ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const { broken } = useText().app;
  return (
    <div role="alert">
      <EmptyState level="h1" title={broken.title} text={broken.text}>
        <Button onClick={() => window.location.reload()}>{broken.again}</Button>
      </EmptyState>
    </div>
  );
}
