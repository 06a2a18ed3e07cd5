// What is being written in a thread outlives what it is about: while a form is open, it stays, though the post goes.
import { createContext, type ReactNode, useContext, useLayoutEffect } from "react";

interface Place {
  /** The post is gone: nothing is left but the open forms. */
  gone: boolean;
  /** A form was opened (1) or closed (-1). */
  count: (more: 1 | -1) => void;
}

/** Of the thread that a form stands in. */
export const WritingContext = createContext<Place>({ gone: false, count: () => {} });

/** Whether only the open forms are left. */
export const useIsGone = (): boolean => useContext(WritingContext).gone;

/** The place of an open form. */
export function Writing({ className, children }: { className: string | undefined; children: ReactNode }) {
  const { count } = useContext(WritingContext);
  useLayoutEffect(() => {
    count(1);
    return () => count(-1);
  }, [count]);
  return <div className={className}>{children}</div>;
}
